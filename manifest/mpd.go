package manifest

import (
	"bytes"
	"strings"
	"time"

	"github.com/zencoder/go-dash/v3/mpd"
)

// mpdReader joins the two readings of an MPD into a Document.
type mpdReader struct {
	doc     *Document
	dynamic bool
	timing  *DASHTiming
}

func parseMPD(body []byte) (*Document, *Error) {
	body = plainDurations(body)
	side, bad := readSide(body)
	if bad != nil {
		return nil, bad
	}
	main, err := mpd.Read(bytes.NewReader(body))
	if err != nil {
		return nil, xmlError(err)
	}
	if sequences(body) {
		return nil, unsupported(0, "a SegmentTimeline with S@n or S@k (segment sequences)")
	}
	r := &mpdReader{dynamic: deref(main.Type) == "dynamic"}
	r.doc = &Document{Format: DASH, Live: r.dynamic}
	if bad := r.readTiming(main, side); bad != nil {
		return nil, bad
	}
	if bad := r.readPeriods(main, side); bad != nil {
		return nil, bad
	}
	return r.doc, nil
}

// plainDurations spells P0Y0M0DT… as P0DT…: go-dash refuses years and months
// even when there are none, and packagers write them.
func plainDurations(body []byte) []byte {
	if !bytes.Contains(body, []byte(`"P0Y0M`)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(`"P0Y0M`), []byte(`"P`))
}

// sequences finds S@n and S@k, which neither reading keeps: reading past them
// would number segments wrongly.
func sequences(body []byte) bool {
	for {
		i := bytes.Index(body, []byte("<S"))
		if i < 0 {
			return false
		}
		body = body[i+2:]
		end := max(0, bytes.IndexByte(body, '>'))
		if attr := body[:end]; end > 0 && attr[0] <= ' ' && (hasAttribute(attr, "n=") || hasAttribute(attr, "k=")) {
			return true
		}
	}
}

func hasAttribute(tag []byte, name string) bool {
	i := bytes.Index(tag, []byte(name))
	return i > 0 && tag[i-1] <= ' '
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func (r *mpdReader) note(format string, args ...any) {
	r.doc.find(Info, 0, "ISO/IEC 23009-1", format, args...)
}

// readTiming is the attributes of MPD (clause 5.3.1.2).
func (r *mpdReader) readTiming(main *mpd.MPD, side *sideMPD) *Error {
	t := &DASHTiming{MinimumUpdatePeriod: -1}
	r.timing, r.doc.DASH = t, t
	type field struct {
		name string
		text string
		into *time.Duration
	}
	for _, f := range []field{
		{"mediaPresentationDuration", deref(main.MediaPresentationDuration), &t.MediaPresentationDuration},
		{"timeShiftBufferDepth", deref(main.TimeShiftBufferDepth), &t.TimeShiftBufferDepth},
		{"suggestedPresentationDelay", side.SuggestedDelay, &t.SuggestedDelay},
		{"maxSegmentDuration", side.MaxSegmentDuration, &t.MaxSegmentDuration},
		{"minBufferTime", deref(main.MinBufferTime), &t.MinBufferTime},
	} {
		var bad *Error
		if *f.into, bad = optionalDuration(f.name, f.text); bad != nil {
			return bad
		}
	}
	if main.MinimumUpdatePeriod != nil {
		var bad *Error
		if t.MinimumUpdatePeriod, bad = optionalDuration("minimumUpdatePeriod", *main.MinimumUpdatePeriod); bad != nil {
			return bad
		}
	}
	if bad := r.readDates(main); bad != nil {
		return bad
	}
	return r.readSources(side)
}

func (r *mpdReader) readDates(main *mpd.MPD) *Error {
	var bad *Error
	if r.timing.AvailabilityStart, bad = optionalTime("availabilityStartTime", main.AvailabilityStartTime); bad != nil {
		return bad
	}
	if r.timing.PublishTime, bad = optionalTime("publishTime", main.PublishTime); bad != nil {
		return bad
	}
	if r.dynamic && r.timing.AvailabilityStart.IsZero() {
		r.timing.AvailabilityStart = time.Unix(0, 0).UTC()
		r.note("a dynamic MPD without availabilityStartTime: 1970-01-01 is assumed")
	}
	return nil
}

// readSources is where updates and the time come from.
func (r *mpdReader) readSources(side *sideMPD) *Error {
	for _, l := range side.Locations {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		if !resolvable(l) {
			return unsupported(0, "a Location that cannot be parsed")
		}
		r.timing.Locations = append(r.timing.Locations, Ref{URI: l})
	}
	for _, u := range side.UTCTimings {
		r.timing.UTCTiming = append(r.timing.UTCTiming, UTCTiming{strings.TrimSpace(u.Scheme), strings.TrimSpace(u.Value)})
	}
	for _, l := range side.TargetLatency {
		if l.Target != "" && r.timing.TargetLatency == 0 {
			d, err := parseDuration("PT" + strings.TrimSpace(l.Target) + "S")
			if err != nil {
				return unsupported(0, "Latency@target %s is not a number of milliseconds", quote(l.Target))
			}
			r.timing.TargetLatency = d / 1000
		}
	}
	if len(side.PatchLocations) > 0 {
		r.note("PatchLocation is not used: updates fetch the whole MPD")
	}
	return nil
}
