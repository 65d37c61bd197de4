"""Migration 0023: runs `0023_dated.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0023_dated.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
