"""A loop that CloudFormation runs."""

from pyformation import ForEach, Output, Parameter, Stack
from pyformation.aws import sns


class Topics(Stack):
    names = Parameter(list[str], default="orders,payments")
    fixed = ForEach("Name", ["a", "b"], lambda name: {f"Topic{name}": sns.Topic(topic_name=name)})
    given = ForEach("Other", names, lambda name: {f"Other{name}": sns.Topic(display_name=f"For {name}")})
    shown = ForEach("Shown", ("a", "b"), lambda name: {f"Arn{name}": Output(name)})


assert "Fn::ForEach::Fixed" in Topics().template.to_dict()["Resources"]
