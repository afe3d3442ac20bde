package manifest

// hlsTag is what is known of a tag beside its name.
type hlsTag uint8

const (
	segmentTag hlsTag = 1 << iota // belongs to the segment that follows
	headerTag                     // stands before the first segment
	bareTag                       // is complete without a value, and takes none
	onceTag                       // stands in a playlist once
	masterTag                     // of multivariant playlists alone
	mediaTag                      // of media playlists alone

	plainTag hlsTag = 0 // none of these
)

// hlsTags are the tags of RFC 8216bis, section 4.4.
var hlsTags = map[string]hlsTag{
	"#EXT-X-VERSION":                headerTag | onceTag,
	"#EXT-X-TARGETDURATION":         headerTag | onceTag | mediaTag,
	"#EXT-X-MEDIA-SEQUENCE":         headerTag | onceTag | mediaTag,
	"#EXT-X-PLAYLIST-TYPE":          headerTag | onceTag | mediaTag,
	"#EXT-X-DISCONTINUITY-SEQUENCE": headerTag | onceTag | mediaTag,
	"#EXT-X-INDEPENDENT-SEGMENTS":   headerTag | bareTag | onceTag,
	"#EXT-X-BYTERANGE":              segmentTag | mediaTag,
	"#EXT-X-DISCONTINUITY":          segmentTag | bareTag | mediaTag,
	"#EXT-X-KEY":                    segmentTag | mediaTag,
	"#EXT-X-PROGRAM-DATE-TIME":      segmentTag | mediaTag,
	"#EXT-X-GAP":                    segmentTag | bareTag | mediaTag,
	"#EXT-X-BITRATE":                segmentTag | mediaTag,
	"#EXTM3U":                       bareTag | onceTag,
	"#EXTINF":                       plainTag,
	"#EXT-X-ENDLIST":                bareTag | onceTag | mediaTag,
	"#EXT-X-MAP":                    mediaTag,
	"#EXT-X-STREAM-INF":             masterTag,
	"#EXT-X-MEDIA":                  masterTag,
	"#EXT-X-I-FRAME-STREAM-INF":     masterTag,
	"#EXT-X-I-FRAMES-ONLY":          bareTag | onceTag | mediaTag,
	"#EXT-X-START":                  onceTag,
	"#EXT-X-SERVER-CONTROL":         onceTag | mediaTag,
	"#EXT-X-PART-INF":               onceTag | mediaTag,
	"#EXT-X-PART":                   mediaTag,
	"#EXT-X-PRELOAD-HINT":           mediaTag,
	"#EXT-X-RENDITION-REPORT":       mediaTag,
	"#EXT-X-SKIP":                   onceTag | mediaTag,
	"#EXT-X-DATERANGE":              mediaTag,
	"#EXT-X-SESSION-DATA":           masterTag,
	"#EXT-X-SESSION-KEY":            masterTag,
	"#EXT-X-CONTENT-STEERING":       onceTag | masterTag,
	"#EXT-X-DEFINE":                 plainTag,
}
