"""Migration 0018: runs `0018_reach.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0018_reach.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
