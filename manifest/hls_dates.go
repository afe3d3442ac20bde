package manifest

import (
	"strings"
	"time"

	"github.com/grafov/m3u8"
)

// seeDateRange is EXT-X-DATERANGE. Tags of one ID describe one range together;
// what an earlier one said holds (section 4.4.5.1).
func (t *tap) seeDateRange(attr attributes) {
	id := attr.get("ID")
	if id == "" {
		t.find(Illegal, clauseDates, "EXT-X-DATERANGE without ID: it is not read")
		return
	}
	at, known := t.ranged[id]
	if !known {
		if t.ranged == nil {
			t.ranged = make(map[string]int)
		}
		at = len(t.timing.DateRanges)
		t.ranged[id] = at
		t.timing.DateRanges = append(t.timing.DateRanges, DateRange{ID: id, Duration: -1, Planned: -1})
	}
	d := &t.timing.DateRanges[at]
	d.merge(t.dateRange(attr))
	t.lintDateRange(attr, *d, known)
}

// dateRange is what one tag says.
func (t *tap) dateRange(attr attributes) DateRange {
	d := DateRange{
		ID: attr.get("ID"), Class: attr.get("CLASS"), Cue: attr.get("CUE"), EndOnNext: attr.yes("END-ON-NEXT"),
		SCTE35Cmd: attr.get("SCTE35-CMD"), SCTE35Out: attr.get("SCTE35-OUT"), SCTE35In: attr.get("SCTE35-IN"),
		Start: t.moment("START-DATE", attr), End: t.moment("END-DATE", attr),
		Duration: t.length("DURATION", attr), Planned: t.length("PLANNED-DURATION", attr),
	}
	for _, a := range attr {
		if strings.HasPrefix(a.name, "X-") {
			if d.Client == nil {
				d.Client = make(map[string]string)
			}
			d.Client[a.name] = a.value
			if a.name == "X-ASSET-URI" || a.name == "X-ASSET-LIST" {
				t.doc.refer(t.line(), a.value)
			}
		}
	}
	return d
}

// merge takes from o what d does not say yet, and new client attributes.
func (d *DateRange) merge(o DateRange) {
	for _, v := range []struct {
		to   *string
		from string
	}{{&d.Class, o.Class}, {&d.Cue, o.Cue}, {&d.SCTE35Cmd, o.SCTE35Cmd}, {&d.SCTE35Out, o.SCTE35Out}, {&d.SCTE35In, o.SCTE35In}} {
		if *v.to == "" {
			*v.to = v.from
		}
	}
	if d.Start.IsZero() {
		d.Start = o.Start
	}
	if d.End.IsZero() {
		d.End = o.End
	}
	if d.Duration < 0 {
		d.Duration = o.Duration
	}
	if d.Planned < 0 {
		d.Planned = o.Planned
	}
	d.EndOnNext = d.EndOnNext || o.EndOnNext
	d.Client = mergeClient(d.Client, o.Client)
}

func mergeClient(old, new map[string]string) map[string]string {
	if len(old) == 0 {
		return new
	}
	all := make(map[string]string, len(old)+len(new))
	for k, v := range new {
		all[k] = v
	}
	for k, v := range old {
		all[k] = v
	}
	return all
}

func (t *tap) moment(name string, attr attributes) time.Time {
	text := attr.get(name)
	if text == "" {
		return time.Time{}
	}
	at, err := parseDate(text)
	if err != nil {
		t.find(Illegal, clauseDates, "EXT-X-DATERANGE %s is not a date", name)
	}
	return at
}

// length is a duration that may be absent: -1 then, and when it is none.
func (t *tap) length(name string, attr attributes) time.Duration {
	text := attr.get(name)
	if text == "" {
		return -1
	}
	d, ok := seconds(text)
	if !ok {
		t.find(Illegal, clauseDates, "EXT-X-DATERANGE %s is not a length of time", name)
		return -1
	}
	return d
}

// parseDate reads ISO 8601 with a date and a time, in every form of zone that
// the decoder reads.
func parseDate(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil { // the usual form, which is read fast
		return at, nil
	}
	return m3u8.FullTimeParse(text)
}

func (t *tap) lintDateRange(attr attributes, d DateRange, known bool) {
	switch {
	case d.Start.IsZero() && !known:
		t.find(Illegal, clauseDates, "EXT-X-DATERANGE without START-DATE")
	case !d.End.IsZero() && d.End.Before(d.Start):
		t.find(Illegal, clauseDates, "EXT-X-DATERANGE ends before it starts")
	case !d.End.IsZero() && d.Duration >= 0 && (d.End.Sub(d.Start)-d.Duration).Abs() > time.Millisecond:
		t.find(Illegal, clauseDates, "EXT-X-DATERANGE DURATION and END-DATE contradict each other")
	case d.EndOnNext && d.Class == "":
		t.find(Illegal, clauseDates, "EXT-X-DATERANGE END-ON-NEXT without CLASS")
	case d.EndOnNext && (d.Duration >= 0 || !d.End.IsZero()):
		t.find(Illegal, clauseDates, "EXT-X-DATERANGE END-ON-NEXT with DURATION or END-DATE")
	}
	for _, name := range []string{"SCTE35-CMD", "SCTE35-OUT", "SCTE35-IN"} {
		if v := attr.get(name); v != "" && !hexadecimal(v) {
			t.find(Illegal, "RFC 8216bis 4.4.5.1.1", "%s is not a hexadecimal sequence", name)
		}
	}
}

// hexadecimal tells whether text is like 0xFC30 (section 4.2).
func hexadecimal(text string) bool {
	if len(text) < 3 || text[0] != '0' || text[1] != 'x' && text[1] != 'X' {
		return false
	}
	for i := 2; i < len(text); i++ {
		if !isHex(text[i]) {
			return false
		}
	}
	return true
}

// lintDate looks at one EXT-X-PROGRAM-DATE-TIME.
func (t *tap) lintDate(value string) {
	if _, err := parseDate(value); err == nil {
		return
	}
	if _, err := time.Parse("2006-01-02T15:04:05", value); err == nil {
		t.find(Warning, clauseDate, "EXT-X-PROGRAM-DATE-TIME without a time zone, which every player takes for its own: it is not read")
		return
	}
	t.find(Illegal, clauseDate, "EXT-X-PROGRAM-DATE-TIME is not a date: it is not read")
}
