"""Migration 0012: runs `0012_privacy.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0012_privacy.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
