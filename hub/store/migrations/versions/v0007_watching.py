"""Migration 0007: runs `0007_watching.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0007_watching.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
