package manifest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// sideMPD is a second, small reading of the same bytes, of only what go-dash
// loses or spoils, and of the lines where things stand. Both readings keep the
// order of elements, so they are joined by index.
type sideMPD struct {
	XMLName            xml.Name       `xml:"MPD"`
	ID                 string         `xml:"id,attr"`
	AvailabilityEnd    string         `xml:"availabilityEndTime,attr"`
	MaxSegmentDuration string         `xml:"maxSegmentDuration,attr"`
	SuggestedDelay     string         `xml:"suggestedPresentationDelay,attr"`
	BaseURLs           []sideBase     `xml:"BaseURL"`
	Locations          []sideLocation `xml:"Location"`
	PatchLocations     []sidePatchAt  `xml:"PatchLocation"`
	UTCTimings         []sideTiming   `xml:"UTCTiming"`
	Services           []sideService  `xml:"ServiceDescription"`
	Steering           []sideSteering `xml:"ContentSteering"`
	Essential          []sideProperty `xml:"EssentialProperty"`
	Supplemental       []sideProperty `xml:"SupplementalProperty"`
	Periods            []sidePeriod   `xml:"Period"`
	Line               int            `xml:"-"`
}

type sideBase struct {
	URL                    string `xml:",chardata"`
	AvailabilityTimeOffset string `xml:"availabilityTimeOffset,attr"`
	AvailabilityComplete   string `xml:"availabilityTimeComplete,attr"`
	ServiceLocation        string `xml:"serviceLocation,attr"`
	ByteRange              string `xml:"byteRange,attr"`
	Priority               string `xml:"priority,attr"` // dvb:
	Weight                 string `xml:"weight,attr"`   // dvb:
	Line                   int    `xml:"-"`
}

// sideText is an element of which only the text matters.
type sideText struct {
	Text string `xml:",chardata"`
	Line int    `xml:"-"`
}

type sideLocation struct {
	Text            string `xml:",chardata"`
	ServiceLocation string `xml:"serviceLocation,attr"`
	Line            int    `xml:"-"`
}

type sidePatchAt struct {
	URL  string `xml:",chardata"`
	TTL  string `xml:"ttl,attr"` // seconds
	Line int    `xml:"-"`
}

type sideTiming struct {
	Scheme string `xml:"schemeIdUri,attr"`
	Value  string `xml:"value,attr"`
}

type sideService struct {
	Latency []struct {
		Target string `xml:"target,attr"` // milliseconds
		Min    string `xml:"min,attr"`
		Max    string `xml:"max,attr"`
	} `xml:"Latency"`
	Rate []struct {
		Min string `xml:"min,attr"`
		Max string `xml:"max,attr"`
	} `xml:"PlaybackRate"`
	Steering []sideSteering `xml:"ContentSteering"`
	Line     int            `xml:"-"`
}

type sideSteering struct {
	Server  string `xml:",chardata"`
	Default string `xml:"defaultServiceLocation,attr"`
	First   string `xml:"queryBeforeStart,attr"`
	Line    int    `xml:"-"`
}

// sideLink is an element whose content may stand elsewhere (clause 5.5.2).
type sideLink struct {
	Href    string `xml:"href,attr"`    // xlink:href
	Actuate string `xml:"actuate,attr"` // xlink:actuate
}

type sidePeriod struct {
	Start    string `xml:"start,attr"`
	Duration string `xml:"duration,attr"`
	sideLink
	sideLevel
	Sets   []sideSet    `xml:"AdaptationSet"`
	Events []sideEvents `xml:"EventStream"`
	Line   int          `xml:"-"`
}

type sideSet struct {
	sideLink
	sideLevel
	Roles           []sideTiming         `xml:"Role"`
	Representations []sideRepresentation `xml:"Representation"`
	Line            int                  `xml:"-"`
}

type sideRepresentation struct {
	sideLevel
	Line int `xml:"-"`
}

// sideLevel is what Period, AdaptationSet and Representation have in common.
type sideLevel struct {
	BaseURLs      []sideBase       `xml:"BaseURL"`
	Template      *sideSegment     `xml:"SegmentTemplate"`
	List          *sideSegment     `xml:"SegmentList"`
	Base          *sideSegment     `xml:"SegmentBase"`
	Protection    []sideProtection `xml:"ContentProtection"`
	Essential     []sideProperty   `xml:"EssentialProperty"`
	Supplemental  []sideProperty   `xml:"SupplementalProperty"`
	ProducerTimes []sideProducer   `xml:"ProducerReferenceTime"`
	Inband        []sideTiming     `xml:"InbandEventStream"`
}

type sideSegment struct {
	sideLink
	EndNumber              string        `xml:"endNumber,attr"`
	PresentationOffset     string        `xml:"presentationTimeOffset,attr"`
	AvailabilityTimeOffset string        `xml:"availabilityTimeOffset,attr"`
	AvailabilityComplete   string        `xml:"availabilityTimeComplete,attr"`
	IndexRange             string        `xml:"indexRange,attr"`
	Initialization         *sideURL      `xml:"Initialization"`
	Timeline               *sideTimeline `xml:"SegmentTimeline"`
	Line                   int           `xml:"-"`
}

type sideURL struct {
	Source string `xml:"sourceURL,attr"`
	Range  string `xml:"range,attr"`
}

// sideTimeline is where a SegmentTimeline stands; its content go-dash has.
type sideTimeline struct {
	Offset int // just behind its tag
	Line   int
}

type sideProtection struct {
	Scheme     string     `xml:"schemeIdUri,attr"`
	Value      string     `xml:"value,attr"`
	DefaultKID string     `xml:"default_KID,attr"`
	PSSH       []sideText `xml:"pssh"`
	PRO        []sideText `xml:"pro"`
	Laurl      []sideText `xml:"Laurl"`
	LaURL      []struct {
		URL string `xml:"licenseUrl,attr"`
	} `xml:"laurl"` // ms:laurl
	Line int `xml:"-"`
}

type sideProperty struct {
	Scheme string      `xml:"schemeIdUri,attr"`
	Value  string      `xml:"value,attr"`
	Query  []sideQuery `xml:"UrlQueryInfo"`
	Ext    []sideQuery `xml:"ExtUrlQueryInfo"`
	Line   int         `xml:"-"`
}

type sideQuery struct {
	Template string `xml:"queryTemplate,attr"`
	FromMPD  string `xml:"useMPDUrlQuery,attr"`
	Fixed    string `xml:"queryString,attr"`
	Requests string `xml:"includeInRequests,attr"`
	Origin   string `xml:"sameOriginOnly,attr"`
	Header   string `xml:"headerParamSource,attr"`
	Href     string `xml:"href,attr"`
}

type sideEvents struct {
	sideLink
	Scheme    string `xml:"schemeIdUri,attr"`
	Value     string `xml:"value,attr"`
	Timescale string `xml:"timescale,attr"`
	Offset    string `xml:"presentationTimeOffset,attr"`
	Events    []struct {
		ID       string `xml:"id,attr"`
		Time     string `xml:"presentationTime,attr"`
		Duration string `xml:"duration,attr"`
	} `xml:"Event"`
	Line int `xml:"-"`
}

type sideProducer struct {
	ID           string `xml:"id,attr"`
	Type         string `xml:"type,attr"`
	Inband       string `xml:"inband,attr"`
	Wall         string `xml:"wallClockTime,attr"`
	Presentation string `xml:"presentationTime,attr"`
}

// withLine decodes an element into v and notes the line where its tag ends. v
// must be of a type without UnmarshalXML, or it would come back here.
func withLine(d *xml.Decoder, start xml.StartElement, v any, line *int) error {
	*line, _ = d.InputPos()
	return d.DecodeElement(v, &start)
}

func (s *sideMPD) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideMPD
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideBase) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideBase
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideText) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideText
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideLocation) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideLocation
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sidePatchAt) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sidePatchAt
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideService) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideService
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideSteering) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideSteering
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sidePeriod) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sidePeriod
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideSet) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideSet
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideRepresentation) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideRepresentation
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideSegment) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideSegment
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideProtection) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideProtection
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideProperty) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideProperty
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideEvents) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain sideEvents
	return withLine(d, start, (*plain)(s), &s.Line)
}

func (s *sideTimeline) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	s.Offset = int(d.InputOffset())
	s.Line, _ = d.InputPos()
	return d.Skip()
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
