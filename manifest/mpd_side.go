package manifest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// sideMPD is a second, small reading of the same bytes, of only what go-dash
// loses or spoils: the root's name, BaseURL below AdaptationSet and its
// attributes, endNumber and availabilityTimeOffset, several Locations and
// UTCTimings, durations as written. Both readings keep the order of elements, so
// they are joined by index.
type sideMPD struct {
	XMLName            xml.Name     `xml:"MPD"`
	MaxSegmentDuration string       `xml:"maxSegmentDuration,attr"`
	SuggestedDelay     string       `xml:"suggestedPresentationDelay,attr"`
	BaseURLs           []sideBase   `xml:"BaseURL"`
	Locations          []string     `xml:"Location"`
	PatchLocations     []string     `xml:"PatchLocation"`
	UTCTimings         []sideTiming `xml:"UTCTiming"`
	TargetLatency      []sideTarget `xml:"ServiceDescription>Latency"`
	Periods            []sidePeriod `xml:"Period"`
}

type sideBase struct {
	URL                    string `xml:",chardata"`
	AvailabilityTimeOffset string `xml:"availabilityTimeOffset,attr"`
}

type sideTiming struct {
	Scheme string `xml:"schemeIdUri,attr"`
	Value  string `xml:"value,attr"`
}

type sideTarget struct {
	Target string `xml:"target,attr"` // milliseconds
}

type sidePeriod struct {
	Start    string `xml:"start,attr"`
	Duration string `xml:"duration,attr"`
	Href     string `xml:"href,attr"` // xlink:href
	sideLevel
	Sets []sideSet `xml:"AdaptationSet"`
}

type sideSet struct {
	sideLevel
	Representations []sideLevel `xml:"Representation"`
}

// sideLevel is what Period, AdaptationSet and Representation have in common.
type sideLevel struct {
	BaseURLs []sideBase   `xml:"BaseURL"`
	Template *sideSegment `xml:"SegmentTemplate"`
	List     *sideSegment `xml:"SegmentList"`
	Base     *sideSegment `xml:"SegmentBase"`
}

type sideSegment struct {
	EndNumber              string `xml:"endNumber,attr"`
	AvailabilityTimeOffset string `xml:"availabilityTimeOffset,attr"`
}

func readSide(body []byte) (*sideMPD, *Error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	var side sideMPD
	if err := d.Decode(&side); err != nil {
		return nil, xmlError(err)
	}
	for { // browsers refuse a document with anything but comments after its root
		switch token, err := d.RawToken(); t := token.(type) {
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, unsupported(0, "text after </MPD>")
			}
		case xml.StartElement, xml.EndElement:
			return nil, unsupported(0, "an element after </MPD>")
		default:
			if err == io.EOF {
				return &side, nil
			}
			if err != nil {
				return nil, unsupported(0, "broken XML after </MPD>")
			}
		}
	}
}

// atEOF tells whether XML ended too early.
func atEOF(err error) bool {
	var syntax *xml.SyntaxError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &syntax) && syntax.Msg == "unexpected EOF"
}

// xmlError keeps what helps of a decoder's error and drops what might quote a
// reference: an unescaped "&token=" in a URL is an "invalid character entity".
func xmlError(err error) *Error {
	var syntax *xml.SyntaxError
	var number *strconv.NumError
	switch {
	case atEOF(err) && errors.As(err, &syntax):
		return truncated(syntax.Line, "the XML ends inside an element")
	case atEOF(err):
		return truncated(0, "the XML ends inside an element")
	case errors.As(err, &syntax):
		what, _, _ := strings.Cut(syntax.Msg, " &")
		return unsupported(syntax.Line, "broken XML: %s", what)
	case errors.As(err, &number):
		return unsupported(0, "an attribute's value %s is not the number it should be", quote(number.Num))
	}
	if text := err.Error(); len(text) <= 100 && !strings.ContainsAny(text, "/?&") {
		return unsupported(0, "%s", text)
	}
	return unsupported(0, "an attribute or element has an unexpected value")
}

// ---- values

// parseOffset reads an availabilityTimeOffset: seconds, or INF.
func parseOffset(text string) (offset, *Error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return offset{}, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(v) || v < -maxTime.Seconds():
		return offset{}, unsupported(0, "availabilityTimeOffset %s is not a number of seconds", quote(text))
	case math.IsInf(v, 1):
		return offset{infinite: true}, nil
	case v > maxTime.Seconds():
		return offset{infinite: true}, nil
	}
	return offset{early: time.Duration(math.Round(v*1e6)) * time.Microsecond}, nil
}

// optionalDuration is 0 for an absent attribute.
func optionalDuration(name, text string) (time.Duration, *Error) {
	if text == "" {
		return 0, nil
	}
	d, err := parseDuration(text)
	if err != nil {
		return 0, unsupported(0, "@%s: %v", name, err)
	}
	return d, nil
}

// optionalTime is the zero time for an absent attribute.
func optionalTime(name string, text *string) (time.Time, *Error) {
	if deref(text) == "" {
		return time.Time{}, nil
	}
	t, err := parseTime(*text)
	if err != nil {
		return time.Time{}, unsupported(0, "@%s: %v", name, err)
	}
	return t, nil
}
