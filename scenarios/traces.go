package scenarios

import (
	"fmt"
	"path/filepath"

	"soak/netem"
)

// ReadTraces reads the trace files that links name and have no steps from yet: the
// steps, and the round trip where none is set. Relative names start at dir, where
// the scenario's file is. A scenario with unread traces does not validate.
func (s *Scenario) ReadTraces(dir string) error {
	s.unname()
	defer s.name()
	for i := range s.Viewers.Mix {
		link := &s.Viewers.Mix[i].Link
		if link.Trace == "" || len(link.Steps) > 0 {
			continue
		}
		file := link.Trace
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		trace, err := netem.LoadTrace(file)
		if err != nil {
			return &Error{Key: fmt.Sprintf("viewers.mix[%d].link.trace", i), Problem: err.Error()}
		}
		link.Steps = trace.Steps
		if link.RTT == 0 {
			link.RTT = trace.RTT
		}
		if link.Name == "" || link.Name == customLink {
			link.Name = trace.Name
		}
	}
	return nil
}
