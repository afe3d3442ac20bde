package netem

import (
	"encoding/json"
	"fmt"
)

// plain is a Profile without its methods, for decoders and encoders.
type plain Profile

// UnmarshalYAML reads a built-in's name or a mapping of the fields' keys. A trace
// is read now; the mapping's other keys override what it says. A relative path
// counts from the working directory.
func (p *Profile) UnmarshalYAML(decode func(any) error) error {
	var name string
	if decode(&name) == nil {
		builtin, err := Builtin(name)
		if err != nil {
			return err
		}
		*p = builtin
		return nil
	}
	var o plain
	if err := decode(&o); err != nil {
		return err
	}
	if o.Trace != "" {
		if len(o.Steps) > 0 {
			return Profile(o).fault("has both steps and a trace; leave one out")
		}
		trace, err := LoadTrace(o.Trace)
		if err != nil {
			return fmt.Errorf("link %q: %w", o.Name, err)
		}
		o = plain(trace)
		if err := decode(&o); err != nil {
			return err
		}
	}
	if err := Profile(o).Validate(); err != nil {
		return err
	}
	*p = Profile(o)
	return nil
}

// MarshalYAML leaves the steps of a trace out: the file has them.
func (p Profile) MarshalYAML() (any, error) { return p.plain(), nil }

// MarshalJSON leaves the steps of a trace out: the file has them.
func (p Profile) MarshalJSON() ([]byte, error) { return json.Marshal(p.plain()) }

func (p Profile) plain() plain {
	if p.Trace != "" {
		p.Steps = nil
	}
	return plain(p)
}
