"""Migration 0016: runs `0016_requests.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0016_requests.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
