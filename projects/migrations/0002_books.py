from django.db import migrations


class Migration(migrations.Migration):
    """Computations are written once; applications and claims are never deleted."""

    dependencies = [("projects", "0001_initial"), ("accounts", "0002_books")]

    operations = [
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON projects_quantification FROM portal_app;"
            "REVOKE DELETE ON projects_project, projects_monitoringperiod FROM portal_app",
            "GRANT UPDATE, DELETE ON projects_quantification TO portal_app;"
            "GRANT DELETE ON projects_project, projects_monitoringperiod TO portal_app",
        ),
    ]
