"""How a file with a stack ends."""

from pyformation import Stack
from pyformation.aws import sns


class Alarms(Stack):
    """Where alarms go."""

    topic = sns.Topic(display_name="Alarms")


if __name__ == "__main__":
    Alarms().main(["--format", "json", "--output", "/dev/null"])
