"""Migration 0002: runs `0002_people.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0002_people.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
