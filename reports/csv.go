package reports

import (
	"encoding/csv"
	"io"
	"strconv"

	"soak/qoe"
)

// csvColumn is one column of timeline.csv.
type csvColumn struct {
	name, help string
	of         func(*csvRow) string
}

// csvRow is a slice of the run and what came before it.
type csvRow struct {
	second, width int64
	bucket        qoe.Bucket
	present       int64 // viewers who had come and not left by its end
	burst         int64 // most calls of the token API within 10 ms
}

// csvColumns are a promise to spreadsheets: new ones come last, none goes or moves.
var csvColumns = []csvColumn{
	{"second", "when the slice begins, in seconds since the start of the run", func(r *csvRow) string { return whole(r.second) }},
	{"seconds", "how long it is: 1, or a power of two in runs over an hour", func(r *csvRow) string { return whole(r.width) }},
	{"viewers", "viewers who had come by its end and not left", func(r *csvRow) string { return whole(r.present) }},
	{"arrived", "viewers who made their first call of the token API in it", func(r *csvRow) string { return whole(r.bucket.Arrived) }},
	{"left", "viewers who left in it", func(r *csvRow) string { return whole(r.bucket.Left) }},
	{"died", "viewers whose playback ended against their will", func(r *csvRow) string { return whole(r.bucket.Dead) }},
	{"requests", "requests that began in it, the token API's not counted", func(r *csvRow) string { return whole(r.bucket.Requests) }},
	{"refused", "of these, refused for their token (401, 403, 410)", func(r *csvRow) string { return whole(r.bucket.Refused) }},
	{"signed", "of these, with a token in their URL", func(r *csvRow) string { return whole(r.bucket.Signed) }},
	{"least_margin_seconds", "least life left in any of their tokens; empty where there were none", leastMargin},
	{"token_calls", "calls of the token API that began in it", func(r *csvRow) string { return whole(r.bucket.TokenCalls) }},
	{"first_calls", "of these, viewers' first ones", func(r *csvRow) string { return whole(r.bucket.FirstCalls) }},
	{"retries", "of these, made because a call had failed or a request was refused", func(r *csvRow) string { return whole(r.bucket.Retries) }},
	{"failed_calls", "of these, without a usable answer", func(r *csvRow) string { return whole(r.bucket.FailedCalls) }},
	{"peak_calls_10ms", "most calls that began within 10 ms; in runs over an hour within a wider window", func(r *csvRow) string { return whole(r.burst) }},
	{"stalls", "stalls that began in it", func(r *csvRow) string { return whole(r.bucket.Stalls) }},
	{"stalled_seconds", "for how long pictures stood in it, of all viewers together", func(r *csvRow) string { return decimals(r.bucket.Stalled) }},
	{"refused_manifests", "of the refused requests, for multivariant playlists and MPDs", func(r *csvRow) string { return whole(r.bucket.RefusedManifests) }},
	{"refused_playlists", "for media playlists", func(r *csvRow) string { return whole(r.bucket.RefusedPlaylists) }},
	{"refused_inits", "for initialization segments", func(r *csvRow) string { return whole(r.bucket.RefusedInits) }},
	{"refused_segments", "for media segments", func(r *csvRow) string { return whole(r.bucket.RefusedSegments) }},
	{"refused_keys", "for keys", func(r *csvRow) string { return whole(r.bucket.RefusedKeys) }},
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// decimals writes microseconds as seconds.
func decimals(micros int64) string { return strconv.FormatFloat(float64(micros)/1e6, 'f', -1, 64) }

func leastMargin(r *csvRow) string {
	if r.bucket.Signed == 0 {
		return ""
	}
	return decimals(r.bucket.LeastMargin)
}

// CSV writes what happened when: a row for each slice of the run, 3,600 at most
// (RFC 4180).
func CSV(w io.Writer, r Report) error {
	out := csv.NewWriter(w)
	head := make([]string, len(csvColumns))
	for i, c := range csvColumns {
		head[i] = c.name
	}
	if err := out.Write(head); err != nil {
		return err
	}
	if r.Summary != nil {
		writeRows(out, r.Summary)
	}
	out.Flush()
	return out.Error()
}

// writeRows leaves errors to the writer, which keeps the first.
func writeRows(out *csv.Writer, s *qoe.Summary) {
	row := csvRow{width: s.Timeline.Seconds}
	bursts := s.Bursts.Fullest(row.width)
	cells := make([]string, len(csvColumns))
	for i, b := range s.Timeline.Buckets {
		row.second, row.bucket, row.burst = int64(i)*row.width, b, 0
		row.present += b.Arrived - b.Left
		if i < len(bursts) {
			row.burst = bursts[i]
		}
		for k, c := range csvColumns {
			cells[k] = c.of(&row)
		}
		_ = out.Write(cells) // kept
	}
}
