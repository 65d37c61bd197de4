"""Migration 0017: runs `0017_directory.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0017_directory.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
