package manifest

import (
	"strings"
	"time"
)

// maxDescriptors bounds what every Representation inherits.
const maxDescriptors = 100

// protections reads ContentProtection descriptors (clause 5.8.4.1).
func (b *builder) protections(side []sideProtection, up above) ([]Protection, *Error) {
	if len(side) > maxDescriptors {
		return nil, unsupported(side[0].Line, "more than %d ContentProtections", maxDescriptors)
	}
	var all []Protection
	for _, s := range side {
		p := Protection{
			Scheme:     strings.ToLower(strings.TrimSpace(s.Scheme)),
			Value:      s.Value,
			DefaultKID: s.DefaultKID,
			PSSH:       len(s.PSSH)+len(s.PRO) > 0,
		}
		license := ""
		for _, l := range s.LaURL {
			license = l.URL
		}
		for _, l := range s.Laurl {
			license = l.Text
		}
		if license = strings.TrimSpace(license); license != "" {
			if !resolvable(license) {
				return nil, unsupported(s.Line, "a Laurl that cannot be parsed")
			}
			p.License = up.ref(license)
			p.License.Query = nil
		}
		if p.Scheme == schemeProtected && p.DefaultKID == "" {
			b.r.doc.find(Warning, s.Line, clauseProtection, "ContentProtection of mp4protection without cenc:default_KID: players must fetch a segment to know the key")
		}
		all = append(all, p)
	}
	return all, nil
}

const schemeProtected = "urn:mpeg:dash:mp4protection:2011"

// readEvents reads the EventStreams of a period (clause 5.10.2).
func (r *mpdReader) readEvents(p *Period, side []sideEvents) ([]EventStream, *Error) {
	var all []EventStream
	for _, s := range side {
		where, bad := r.remote("EventStream", s.sideLink, s.Line)
		if bad != nil {
			return nil, bad
		}
		if where == nowhere {
			continue
		}
		scale, bad := optionalInt("EventStream@timescale", s.Timescale, 1)
		if bad == nil && (scale < 1 || scale > 1<<32) {
			bad = unsupported(0, "EventStream@timescale is out of range")
		}
		offset, bad2 := optionalInt("EventStream@presentationTimeOffset", s.Offset, 0)
		if bad == nil {
			bad = bad2
		}
		if bad != nil {
			return nil, bad.on(s.Line)
		}
		stream := EventStream{EventScheme: EventScheme{s.Scheme, s.Value}}
		for _, e := range s.Events {
			at, bad := optionalInt("Event@presentationTime", e.Time, 0)
			length, bad2 := optionalInt("Event@duration", e.Duration, 0)
			if bad != nil || bad2 != nil || length < 0 {
				r.doc.find(Illegal, s.Line, clauseEvents, "an Event whose @presentationTime or @duration is no number is left out")
				continue
			}
			stream.Events = append(stream.Events, Event{ID: e.ID, Start: p.Start + ticks(at-offset, scale), Duration: ticks(length, scale)})
		}
		all = append(all, stream)
	}
	return all, nil
}

// producerTimes reads ProducerReferenceTime (clause 5.12); one that cannot be
// read is left out.
func (b *builder) producerTimes(t timing) []ProducerTime {
	var all []ProducerTime
	for _, s := range b.producers {
		at, bad := optionalInt("ProducerReferenceTime@presentationTime", s.Presentation, 0)
		wall, err := producerWall(s.Wall)
		if bad != nil || err != nil {
			b.r.doc.find(Illegal, 0, clauseProducer, "a ProducerReferenceTime whose times cannot be read is left out")
			continue
		}
		kind := s.Type
		if kind == "" {
			kind = "encoder"
		}
		all = append(all, ProducerTime{s.ID, kind, isTrue(s.Inband), wall, b.period.Start + ticks(at-t.pto, t.scale)})
	}
	return all
}

// producerWall reads @wallClockTime, a date or a number of seconds since 1970.
func producerWall(text string) (time.Time, error) {
	at, err := parseTime(text)
	if err == nil {
		return at, nil
	}
	d, bad := optionalSeconds("wallClockTime", text)
	if bad != nil || text == "" {
		return time.Time{}, err
	}
	return time.Unix(0, 0).UTC().Add(d), nil
}

// query finds UrlQueryInfo and ExtUrlQueryInfo (annex I); the innermost counts.
func (r *mpdReader) query(outer *Query, essential, supplemental []sideProperty) (*Query, *Error) {
	for i, list := range [][]sideProperty{supplemental, essential} {
		for _, p := range list {
			r.lintProperty(p, i == 1)
			infos := append(append([]sideQuery{}, p.Query...), p.Ext...)
			for _, q := range infos {
				requests := " " + q.Requests + " "
				if q.Requests != "" && !strings.Contains(requests, " segment ") {
					r.doc.find(Info, p.Line, clauseQuery, "ExtUrlQueryInfo for %s requests is not used", quote(q.Requests))
					continue
				}
				if q.Href != "" {
					return nil, unsupported(p.Line, "query parameters that stand elsewhere (UrlQueryInfo@xlink:href)")
				}
				if q.Header != "" {
					r.doc.find(Info, p.Line, clauseQuery, "query parameters from response headers (@headerParamSource) are not used")
				}
				outer = &Query{Template: q.Template, FromMPD: isTrue(q.FromMPD), Fixed: strings.TrimLeft(q.Fixed, "?&"), SameOrigin: isTrue(q.Origin)}
			}
		}
	}
	return outer, nil
}
