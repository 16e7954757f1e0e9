"""Long streams of operations on a GIC, each checked against the golden model.

- `configurations`: the GICs that streams are for
- `stream`: a stream under way: the model, what software has noted, and how it acts
- `goals`: what is worth doing in a state
- `generator`: episodes of goals, one after another
- `coverage`, `domain`, `table`: what happened, what can happen, and both side by side
- `compare`, `shrink`: a target beside the model, and the least that shows a difference
- `command`: `amagic streams`
"""
