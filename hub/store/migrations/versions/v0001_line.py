"""Migration 0001: runs `0001_line.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0001_line.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
