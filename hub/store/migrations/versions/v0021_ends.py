"""Migration 0021: runs `0021_ends.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0021_ends.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
