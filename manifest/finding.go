package manifest

import "fmt"

// Severity is how much a finding matters.
type Severity uint8

// Severities.
const (
	Info    Severity = iota // worth knowing: what the manifest asks for and soak does not do
	Warning                 // legal but risky, or recommended otherwise
	Illegal                 // the specification forbids it, and a player may stumble
)

// String is the severity's name.
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	}
	return "illegal"
}

// MarshalText writes the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one thing that is odd about a manifest that can be played.
type Finding struct {
	Severity Severity `json:"severity"`
	Line     int      `json:"line,omitempty"` // 1 is the first; 0 when it concerns the whole
	Clause   string   `json:"clause"`         // of the specification: "RFC 8216bis 4.4.3.1", "ISO/IEC 23009-1 5.3.9.6"
	Text     string   `json:"text"`           // one line, no token
	More     int      `json:"more,omitempty"` // how many further lines have it too
}

// String is the finding as one line.
func (f Finding) String() string {
	more := ""
	if f.More > 0 {
		more = fmt.Sprintf(" and %d more", f.More)
	}
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s%s (%s)", f.Severity, f.Text, more, f.Clause)
	}
	return fmt.Sprintf("line %d%s: %s: %s (%s)", f.Line, more, f.Severity, f.Text, f.Clause)
}

// maxFindings bounds the different findings of one manifest.
const maxFindings = 100

// find adds a finding. The same again on another line only counts: ten thousand
// segments with one fault have one fault.
func (d *Document) find(s Severity, line int, clause, format string, args ...any) {
	f := Finding{Severity: s, Clause: clause, Text: format}
	if len(args) > 0 {
		f.Text = fmt.Sprintf(format, args...)
	}
	if at, known := d.found[f]; known {
		if line == 0 || line != d.Findings[at].Line {
			d.Findings[at].More++
		}
		return
	}
	if len(d.Findings) >= maxFindings {
		return
	}
	if d.found == nil {
		d.found = make(map[Finding]int)
	}
	d.found[f] = len(d.Findings)
	f.Line = line
	d.Findings = append(d.Findings, f)
}
