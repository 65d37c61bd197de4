"""Migration 0019: runs `0019_reach.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0019_reach.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
