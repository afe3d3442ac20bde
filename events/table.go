package events

import (
	"reflect"

	"soak/qoe"
)

// record is a kind of sample: what its lines are called and what they hold. A field
// of the sample that has no entry would be lost; a test sees to it that none has.
type record struct {
	name, help string
	zero       qoe.Sample
	fields     []field
}

func (r record) of() reflect.Type { return reflect.TypeOf(r.zero) }

// field is one field of a sample.
type field struct {
	from string // its name in Go
	name string // in the file
	help string
}

// records are the samples there are.
var records = []record{
	{"fetch", "one HTTP exchange of a player, redirects included; the token API's are refreshes", qoe.Fetch{}, []field{
		{"Kind", "kind", "what for"},
		{"Media", "media", "of which media"},
		{"Start", "at", "when the player asked"},
		{"TTFB", "ttfb", "from then to the first byte; absent when none came"},
		{"Took", "took", "from then to the end"},
		{"Bytes", "bytes", "of the body, received"},
		{"Status", "status", "last HTTP status; absent when there was no answer"},
		{"Failure", "failure", "why it brought no usable answer; absent when it did"},
		{"Attempt", "attempt", "1 for the first try of the object"},
		{"Margin", "margin", "life left in the URL's token when the request was sent, by the true clock; negative: dead"},
		{"Signed", "signed", "the URL carried a token; else margin and token mean nothing"},
		{"Token", "token", "short hash of that token, never the token"},
		{"Object", "object", "path of what was asked for, behind the token and without query"},
		{"Buffer", "buffer", "what was playable as the answer came; negative where nobody knows"},
	}},
	{"refresh", "one call of the token API and what came of it", qoe.Refresh{}, []field{
		{"Call", "call", "1 for the viewer's first"},
		{"Start", "at", "when it began"},
		{"Took", "took", "how long it lasted"},
		{"Status", "status", "HTTP status; absent when there was no answer"},
		{"Failure", "failure", "why it brought no usable answer; absent when it did"},
		{"Reason", "reason", "what made the refresher call"},
		{"Life", "life", "of the token received, by the viewer's clock"},
		{"Installed", "installed", "the token was better than the one held"},
		{"Problem", "problem", "why it was not installed"},
	}},
	{"startup", "the first picture", qoe.Startup{}, []field{
		{"At", "at", "when"},
		{"Took", "took", "from the viewer's wish to play, first token included"},
		{"Zap", "zap", "it was of another stream, by a viewer who watched one already"},
	}},
	{"stall", "an interruption of playback, told when it ends or the viewer leaves", qoe.Stall{}, []field{
		{"At", "at", "when the picture froze"},
		{"Took", "took", "how long"},
		{"Open", "open", "it was still frozen when the viewer left"},
	}},
	{"skip", "content that the player jumped over", qoe.Skip{}, []field{
		{"At", "at", "when"},
		{"Amount", "amount", "media time lost"},
		{"Why", "why", "gap, window, seek-to-live …"},
	}},
	{"switch", "a change of rendition", qoe.Switch{}, []field{
		{"At", "at", "when"},
		{"Media", "media", "of which media"},
		{"From", "from", "bit/s"},
		{"To", "to", "bit/s"},
	}},
	{"seek", "a jump of the viewer's own", qoe.Seek{}, []field{
		{"At", "at", "when"},
		{"By", "by", "media time; negative: back"},
		{"Took", "took", "from then on, pauses left out, to the picture"},
		{"Open", "open", "it never came to a picture"},
	}},
	{"fatal", "the end of playback against the viewer's will", qoe.Fatal{}, []field{
		{"At", "at", "when"},
		{"Kind", "kind", "of request that it ended of"},
		{"Why", "why", "the player's own name of the error and what led to it"},
	}},
	{"standing", "how a viewer stands at an instant; some are asked from time to time", qoe.Standing{}, []field{
		{"At", "at", "when"},
		{"Phase", "phase", "what the viewer sees"},
		{"Buffer", "buffer", "playable without another byte"},
		{"BitRate", "bitRate", "of the video at the playhead, bit/s; absent when none"},
		{"Latency", "latency", "distance to the live edge; absent for VOD, or without a picture"},
	}},
	{"note", "a hazard that showed, a fallback that was taken", qoe.Note{}, []field{
		{"At", "at", "when"},
		{"Text", "text", "what"},
	}},
	{"copy", "what a copied link was worth to the viewer who played it", qoe.Copy{}, []field{
		{"At", "at", "when it was copied"},
		{"Life", "life", "left in its token then"},
		{"Worked", "worked", "from then to the last request that a server granted"},
		{"Bytes", "bytes", "that were granted"},
		{"Played", "played", "media time shown"},
		{"Opened", "opened", "how many times it was opened"},
	}},
	{"leave", "the end of a viewer's session and its account", qoe.Leave{}, []field{
		{"At", "at", "when"},
		{"Watched", "watched", "from the wish to play to leaving"},
		{"Played", "played", "media time shown"},
		{"BitTime", "bits", "video bits shown: sum of bit rate × seconds"},
		{"Latency", "latency", "mean distance to the live edge; absent for VOD"},
		{"Buffered", "buffered", "left unplayed"},
		{"Starting", "starting", "time without a picture yet"},
		{"Playing", "playing", "time in which the picture moved, or the sound alone"},
		{"Seeking", "seeking", "time waited for the picture after jumps of the viewer's own"},
		{"Paused", "paused", "time paused by the viewer"},
		{"Asleep", "asleep", "time with the laptop closed"},
		{"Ended", "ended", "time after all was shown"},
		{"SoundOnly", "soundOnly", "of playing, the time in which the picture stood while the sound went on"},
	}},
}
