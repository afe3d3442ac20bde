package manifest

import "time"

// This file has what only an MPD says.

// Always is the Early of what can be fetched at any time: availabilityTimeOffset
// "INF".
const Always = maxTime

// UTCTiming is one clock source (clause 5.8.4.11), in listed order.
type UTCTiming struct{ Scheme, Value string }

// PatchLocation is where updates come as patches, for [Patch], instead of whole
// MPDs (clause 5.15). TTL is how long after the MPD's publishTime the server
// keeps them: 0 is for ever.
type PatchLocation struct {
	Ref Ref
	TTL time.Duration
}

// Base is one way to the resources below a level with several BaseURLs (clause
// 5.6.5). Priority and Weight are DVB's (ETSI TS 103 285 clause 10.8.2.1): the
// lowest priority first, within it at random by weight; 1 when absent.
type Base struct {
	URLs            []string // outermost first, as [Ref].Bases
	ServiceLocation string   // the innermost @serviceLocation, for failover and content steering
	Priority        int
	Weight          int
	Early           time.Duration // availabilityTimeOffset of these BaseURLs
}

// Protection is one ContentProtection descriptor (clause 5.8.4.1).
type Protection struct {
	Scheme     string // @schemeIdUri in lower case: urn:mpeg:dash:mp4protection:2011, urn:uuid:…
	Value      string // cenc, cbcs …
	DefaultKID string // cenc:default_KID, as written
	PSSH       bool   // a cenc:pssh or mspr:pro gives the licence request's data
	License    Ref    // dashif:Laurl or the scheme's own; zero when the application must know it
}

// EventScheme names the events of an InbandEventStream (clause 5.10.3.2).
type EventScheme struct{ Scheme, Value string }

// EventStream is the events that an MPD carries for a period (clause 5.10.2).
type EventStream struct {
	EventScheme
	Events []Event
}

// Event is one event of an EventStream. Its message is not kept.
type Event struct {
	ID       string
	Start    time.Duration // presentation time
	Duration time.Duration // 0 when unknown
}

// ProducerTime is a ProducerReferenceTime (clause 5.12): media that belongs at
// Presentation was captured or encoded at Wall.
type ProducerTime struct {
	ID           string
	Type         string // encoder, captured, application
	Inband       bool   // also in prft boxes
	Wall         time.Time
	Presentation time.Duration
}

// Index is where the segment index of a rendition is (clause 5.3.9.2.2): fetch it
// and give it to [Segments.Indexed]. Without @indexRange, Range is zero: the index
// stands somewhere at the beginning of the resource.
type Index struct {
	Ref   Ref
	Range Range
}

// Remote is a part of an MPD that stands elsewhere (xlink:href, clause 5.5): fetch
// it and put it in with [Dereference].
type Remote struct {
	Ref     Ref
	Element string // Period, AdaptationSet, EventStream …
	OnLoad  bool   // xlink:actuate: before anything is played, else when it is needed
	Line    int
}
