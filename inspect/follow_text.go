package inspect

import (
	"fmt"
)

// FollowLine is a step of a watch in one line.
func FollowLine(s Step) string {
	line := fmt.Sprintf("%7.1f s  ", s.At)
	switch {
	case s.Error != "":
		return printable(line + s.Error)
	case s.Window == nil:
		return line + "nothing to fetch"
	}
	line += fmt.Sprintf("%d..%d  %+.1f s", s.Window.First, s.Window.Last, s.Moved)
	if s.Window.Behind != nil {
		line += fmt.Sprintf("  edge %s ago", short(*s.Window.Behind))
	}
	for _, n := range s.Notes {
		line += "\n           " + n.Code + ": " + n.Text
	}
	return line
}

// FollowEnd is the last word of a watch.
func FollowEnd(f Followed) string {
	notes := 0
	for _, s := range f.Steps {
		notes += len(s.Notes)
	}
	line := fmt.Sprintf("%s: the window moved %.1f s in %.1f s, %s; %s",
		plural(len(f.Steps), "load"), f.Moved, f.Elapsed, plural(notes, "note"), f.Ended)
	for _, n := range f.Notes {
		line += "\n" + n.Code + ": " + n.Text
	}
	return line
}
