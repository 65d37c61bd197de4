"""Migration 0013: runs `0013_direct.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0013_direct.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
