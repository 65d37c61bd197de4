"""Migration 0024: runs `0024_documents.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0024_documents.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
