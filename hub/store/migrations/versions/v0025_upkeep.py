"""Migration 0025: runs `0025_upkeep.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0025_upkeep.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
