package manifest

import (
	"bytes"
	"strings"
	"time"

	"github.com/zencoder/go-dash/v3/mpd"
)

// mpdReader joins the two readings of an MPD into a Document.
type mpdReader struct {
	doc      *Document
	side     *sideMPD
	dynamic  bool
	timing   *DASHTiming
	numbered map[int][]numberedS
	listed   int // segments of SegmentLists so far
}

func parseMPD(body []byte) (*Document, *Error) {
	doc := &Document{Format: DASH}
	body, bad := asUTF8(body)
	if bad != nil {
		return nil, bad
	}
	found, bad := cleanMPD(doc, body)
	if bad != nil {
		return nil, bad
	}
	side, bad := readSide(body)
	if bad != nil {
		return nil, bad
	}
	main, err := mpd.Read(bytes.NewReader(found.body))
	if err != nil {
		return nil, xmlError(err)
	}
	r := &mpdReader{doc: doc, side: side, numbered: found.numbered, dynamic: deref(main.Type) == "dynamic"}
	doc.Live = r.dynamic
	if bad := r.readTiming(main, side); bad != nil {
		return nil, bad.on(side.Line)
	}
	if bad := r.readPeriods(main, side); bad != nil {
		return nil, bad.on(side.Line)
	}
	r.readLive(side)
	r.lint(main)
	return doc, nil
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
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
	t.ID, t.Profiles = side.ID, strings.FieldsFunc(deref(main.Profiles), func(c rune) bool { return c == ',' || c <= ' ' })
	if bad := r.readDates(main); bad != nil {
		return bad
	}
	if bad := r.readServices(side); bad != nil {
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
	if r.timing.AvailabilityEnd, bad = optionalTime("availabilityEndTime", &r.side.AvailabilityEnd); bad != nil {
		return bad
	}
	if r.dynamic && r.timing.AvailabilityStart.IsZero() {
		r.timing.AvailabilityStart = time.Unix(0, 0).UTC()
		r.doc.find(Illegal, r.side.Line, clauseMPD, "a dynamic MPD without @availabilityStartTime: 1970-01-01 is assumed")
	}
	return nil
}

// readSources is where updates and the time come from.
func (r *mpdReader) readSources(side *sideMPD) *Error {
	t := r.timing
	for _, l := range side.Locations {
		ref, bad := r.reference("Location", l.Text, l.Line)
		if bad != nil {
			return bad
		}
		if ref.URI != "" {
			t.Locations, t.LocationNames = append(t.Locations, ref), append(t.LocationNames, l.ServiceLocation)
		}
	}
	for _, l := range side.PatchLocations {
		ref, bad := r.reference("PatchLocation", l.URL, l.Line)
		if bad != nil {
			return bad
		}
		ttl, bad := optionalSeconds("PatchLocation@ttl", l.TTL)
		if bad != nil {
			return bad.on(l.Line)
		}
		t.PatchLocations = append(t.PatchLocations, PatchLocation{ref, ttl})
	}
	for _, u := range side.UTCTimings {
		t.UTCTiming = append(t.UTCTiming, UTCTiming{strings.TrimSpace(u.Scheme), strings.TrimSpace(u.Value)})
	}
	return nil
}

// reference reads a URL that stands in the MPD itself, outside its BaseURLs
// (Location, PatchLocation, xlink:href, steering: clause 5.6.4).
func (r *mpdReader) reference(what, text string, line int) (Ref, *Error) {
	text = strings.TrimSpace(text)
	if !resolvable(text) {
		return Ref{}, unsupported(line, "a %s that cannot be parsed", what)
	}
	r.doc.refer(line, text)
	return Ref{URI: text}, nil
}
