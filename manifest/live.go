package manifest

import "time"

// Reload is the rule by which a presentation is asked for again, whatever its
// format. The zero Reload is never: it is complete.
//
//	HLS   Changed is the target duration (10 s where it is missing, as in hls.js),
//	      Unchanged half of it (RFC 8216bis 6.3.4)
//	DASH  both are MPD@minimumUpdatePeriod (ISO/IEC 23009-1 clause 5.4.1)
type Reload struct {
	Live bool // ask again at all
	// Changed is the pause after a load that brought something new, counted from
	// the beginning of that load; Unchanged after one that did not. An MPD may say
	// 0: ask again whenever a segment is needed that it does not list.
	Changed, Unchanged time.Duration
	// Blocking: the server holds the request until what is asked for exists
	// (EXT-X-SERVER-CONTROL CAN-BLOCK-RELOAD), so there is no pause.
	Blocking bool
	// SkipUntil is how far from the live edge a segment must be before a delta
	// update may leave it out (CAN-SKIP-UNTIL); 0 when there are no delta updates.
	// SkipDateRanges: delta updates may leave out EXT-X-DATERANGE too
	// (_HLS_skip=v2).
	SkipUntil      time.Duration
	SkipDateRanges bool
}

// Latency is what a presentation says of the distance to the live edge. Zero
// means that it says nothing.
type Latency struct {
	// Target is where the presentation wants to be played: MPD
	// ServiceDescription Latency@target, else @suggestedPresentationDelay; HLS
	// PART-HOLD-BACK where there are parts, else HOLD-BACK, else three target
	// durations (RFC 8216bis section 4.4.3.8).
	Target   time.Duration
	Min, Max time.Duration // Latency@min, @max
	// MinRate and MaxRate bound the playback rate with which a player may catch up
	// (PlaybackRate@min, @max).
	MinRate, MaxRate float64
	// HoldBack and PartHoldBack are as EXT-X-SERVER-CONTROL wrote them. PartTarget
	// is the longest part: EXT-X-PART-INF PART-TARGET; for DASH the duration of a
	// chunk, where it is known.
	HoldBack, PartHoldBack, PartTarget time.Duration
}

// Steering is where to ask which pathway to use: EXT-X-CONTENT-STEERING (RFC
// 8216bis section 4.4.6.6), ContentSteering (ETSI TS 103 998).
type Steering struct {
	Server  Ref
	Pathway string // PATHWAY-ID or @defaultServiceLocation: where to begin; "" when any will do
	First   bool   // @queryBeforeStart: ask before the first segment
}
