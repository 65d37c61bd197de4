"""Migration 0022: runs `0022_asks.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0022_asks.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
