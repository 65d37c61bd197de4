"""Migration 0008: runs `0008_answers.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0008_answers.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
