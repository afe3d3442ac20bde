package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"soak/qoe"
	"soak/scenarios"
)

// JSON writes the report as summary.json. The same report gives the same bytes.
// What people read is indented; the summary, mostly the bins of sketches, stands
// in one line at the end.
func JSON(w io.Writer, r Report) error {
	r.Schema = Schema
	if r.Summary == nil {
		r.Summary = new(qoe.Summary)
	}
	r.Metrics = r.Summary.Metrics()
	herd := r.Summary.Herd()
	r.Herd = &herd
	if r.Outcomes == nil {
		r.Outcomes = []scenarios.Outcome{}
	}
	summary, err := encode(r.Summary, "")
	if err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	rest, err := encode(head{Report: &r}, "  ")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	rest = bytes.TrimSuffix(rest, []byte("\n}"))
	_, err = fmt.Fprintf(w, "%s,\n  \"summary\": %s\n}\n", rest, summary)
	return err
}

// head is a report without its summary.
type head struct {
	*Report
	Summary *struct{} `json:"summary,omitempty"` // hides Report.Summary
}

// encode leaves <, > and & as they are: thresholds are full of them.
func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Read reads what JSON wrote. A file of another schema, or of a later version of
// this one, is an error that says so.
func Read(r io.Reader) (Report, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Report{}, fmt.Errorf("report: %w", err)
	}
	var named struct{ Schema string }
	if err := json.Unmarshal(data, &named); err != nil {
		return Report{}, fmt.Errorf("report is not JSON: %w", err)
	}
	if named.Schema != Schema {
		family, _, _ := strings.Cut(Schema, "/1")
		if strings.HasPrefix(named.Schema, family+"/") {
			return Report{}, fmt.Errorf("report has schema %.40q, this soak reads %q: use the soak that wrote it", named.Schema, Schema)
		}
		return Report{}, fmt.Errorf("report has schema %.40q, want %q: is it a soak summary.json?", named.Schema, Schema)
	}
	var report Report
	if err := json.Unmarshal(data, &report); err != nil {
		return Report{}, fmt.Errorf("report: %w", err)
	}
	if report.Summary == nil {
		return Report{}, fmt.Errorf("report has no summary: the file is cut or was edited")
	}
	return report, nil
}
