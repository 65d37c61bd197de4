"""Migration 0020: runs `0020_earlier.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0020_earlier.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
