"""Migration 0015: runs `0015_worklist.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0015_worklist.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
