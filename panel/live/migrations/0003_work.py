from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('live', '0002_supervising'),
    ]

    operations = [
        migrations.CreateModel(
            name='Work',
            fields=[
                ('pbx', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('figures', models.JSONField()),
            ],
        ),
    ]
