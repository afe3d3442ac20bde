package manifest

import (
	"math"
	"strconv"
	"strings"
)

// Bounds of what is decoded at all, so that a hostile MPD costs no more than a
// large one.
const (
	maxElements = 1_000_000
	maxPeriods  = 10_000
	maxDepth    = 100
)

// scanned is what a first look at an MPD's tags found.
type scanned struct {
	body     []byte              // what go-dash can read
	numbered map[int][]numberedS // S@n by the end of the SegmentTimeline's tag
}

// numberedS is an S element that says the number of its first segment.
type numberedS struct {
	index int // of the S in its timeline
	n     int64
	line  int
}

// cleaner looks over the tags of an MPD before it is decoded. go-dash gives up
// on the whole MPD for one attribute that is not quite the type it expects:
// where the meaning is clear it is respelled, else refused with its line.
type cleaner struct {
	doc     *Document
	body    []byte
	out     []byte // nil while nothing was respelled
	copied  int    // of body into out
	found   scanned
	periods int
	seen    int
	depth   int
	// the SegmentTimeline at hand
	timeline int
	index    int
}

func cleanMPD(doc *Document, body []byte) (scanned, *Error) {
	c := &cleaner{doc: doc, body: body}
	if bad := eachTag(body, c.tag); bad != nil {
		return scanned{}, bad
	}
	c.found.body = body
	if c.out != nil {
		c.found.body = append(c.out, body[c.copied:]...)
	}
	return c.found, nil
}

func (c *cleaner) tag(t *xmlTag) *Error {
	if t.closing {
		c.depth--
		return nil
	}
	if c.seen++; c.seen > maxElements {
		return unsupported(t.line, "more than %d elements", maxElements)
	}
	if !t.empty {
		if c.depth++; c.depth > maxDepth {
			return unsupported(t.line, "elements nested more than %d deep", maxDepth)
		}
	}
	element := string(t.name)
	switch element {
	case "Period":
		if c.periods++; c.periods > maxPeriods {
			return unsupported(t.line, "more than %d Periods", maxPeriods)
		}
	case "SegmentTimeline":
		c.timeline, c.index = t.end, -1
	case "S":
		c.index++
	case "MPD", "AdaptationSet", "Representation", "SegmentTemplate", "SegmentList", "SegmentBase", "EventStream", "Event":
	default:
		return nil
	}
	return t.eachAttr(func(name, value []byte, at, valueAt int) *Error {
		return c.attr(t, element, string(name), string(value), valueAt)
	})
}

func (c *cleaner) attr(t *xmlTag, element, name, value string, at int) *Error {
	if strings.IndexByte(value, '&') >= 0 {
		return nil // an entity: the decoder's business
	}
	if element == "S" && (name == "k" || name == "n" || name == "p") {
		return c.sequence(t, name, value)
	}
	text, bad := spell(element, name, strings.TrimSpace(value))
	if bad != nil {
		bad.Line = t.line
		return bad
	}
	if text == value {
		return nil
	}
	c.out = append(append(c.out, c.body[c.copied:at]...), text...)
	c.copied = at + len(value)
	if clause, plain := oddity(element, name, value); clause != "" {
		c.doc.find(Illegal, t.line, clause, "%s@%s %s is not %s", element, name, quote(value), plain)
	}
	return nil
}

// sequence is S@n, S@k and S@p (clause 5.3.9.6.2), which neither reading keeps.
func (c *cleaner) sequence(t *xmlTag, name, value string) *Error {
	v, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	switch {
	case name == "p":
		return unsupported(t.line, "S@p: durations by Pattern are not read")
	case err != nil || v < 0 || v > maxNumber:
		return unsupported(t.line, "S@%s %s is not a number", name, quote(value))
	case name == "k" && v > 1:
		return unsupported(t.line, "S@k %d: segment sequences, addressed by $SubNumber$, are not read", v)
	case name == "n":
		if c.found.numbered == nil {
			c.found.numbered = make(map[int][]numberedS)
		}
		c.found.numbered[c.timeline] = append(c.found.numbered[c.timeline], numberedS{c.index, v, t.line})
	}
	return nil
}

// spell gives an attribute the spelling that go-dash reads.
func spell(element, name, value string) (string, *Error) {
	switch name {
	case "segmentAlignment", "indexRangeExact", "availabilityTimeComplete":
		return spellBool(value), nil
	case "startWithSAP":
		return spellOr(value, 64, "0"), nil
	case "audioSamplingRate": // "44100 48000" is a range (clause 5.3.7.2)
		first, _, _ := strings.Cut(value, " ")
		if element == "Representation" {
			return spellOr(first, 64, "0"), nil
		}
	case "width", "height":
		if element == "Representation" {
			return spellOr(value, 64, "0"), nil
		}
	case "start", "duration":
		if element == "Period" {
			return spellDuration(value), nil
		}
		if element == "Event" {
			return spellOr(value, 63, "0"), nil // the side reading has it
		}
		if name == "duration" && element != "MPD" {
			return spellNumber(element, name, value)
		}
	case "suggestedPresentationDelay":
		if element == "MPD" {
			return spellDuration(value), nil
		}
	case "presentationTimeOffset":
		if strings.HasPrefix(value, "-") {
			return "0", nil // the side reading has it
		}
		return spellNumber(element, name, value)
	case "presentationTime":
		return spellOr(value, 63, "0"), nil // the side reading has it
	case "availabilityTimeOffset":
		return "0", nil // float32 would spoil it; the side reading has it
	case "bandwidth", "timescale", "startNumber", "t", "d", "r":
		return spellNumber(element, name, value)
	}
	return value, nil
}

// spellBool reads xs:boolean and, for @segmentAlignment, the numbers that also
// mean true (clause 5.3.3.2).
func spellBool(value string) string {
	switch strings.ToLower(value) {
	case "", "false", "0":
		return "false"
	}
	return "true"
}

// spellOr is for numbers that do not matter to playback.
func spellOr(value string, bits int, other string) string {
	if _, err := strconv.ParseInt(value, 10, bits); err == nil {
		return value
	}
	if v, err := strconv.ParseFloat(value, 64); err == nil && math.Abs(v) < math.MaxInt32 {
		return strconv.FormatInt(int64(math.Round(v)), 10)
	}
	return other
}

// spellNumber is for numbers that do matter: 2000.0 is 2000, a @bandwidth may be
// rounded, but anything else is refused.
func spellNumber(element, name, value string) (string, *Error) {
	bits := 64
	if name != "bandwidth" && (element == "SegmentList" || element == "SegmentBase") {
		bits = 32
	}
	magnitude, negative := strings.CutPrefix(value, "-")
	if negative && name != "r" && name != "bandwidth" {
		return "", unsupported(0, "%s@%s %s is negative", element, name, quote(value))
	}
	if _, err := strconv.ParseUint(magnitude, 10, bits); err == nil || value == "" {
		return value, nil
	}
	v, err := strconv.ParseFloat(value, 64)
	if err == nil && math.Abs(v) < min(maxNumber, math.Exp2(float64(bits))) && (v == math.Trunc(v) || name == "bandwidth") {
		return strconv.FormatInt(int64(math.Round(v)), 10), nil
	}
	return "", unsupported(0, "%s@%s %s is not the number it should be", element, name, quote(value))
}

// spellDuration keeps go-dash from refusing years, months and signs; the side
// reading has the duration.
func spellDuration(value string) string {
	if len(value) > 2 && goDashReads(value) {
		return value
	}
	return "PT0S"
}

// goDashReads tells whether go-dash reads an xs:duration: it knows days, hours, minutes
// and seconds of a few digits.
func goDashReads(value string) bool {
	rest, ok := strings.CutPrefix(value, "P")
	if !ok {
		return false
	}
	rest = cutField(rest, 6, 'D')
	if rest, ok = strings.CutPrefix(rest, "T"); !ok {
		return rest == ""
	}
	rest = cutField(cutField(rest, 9, 'H'), 9, 'M')
	whole, fraction, decimal := strings.Cut(rest, ".")
	if !decimal {
		return cutField(rest, 9, 'S') == ""
	}
	return digits(whole) == len(whole) && 0 < len(whole) && len(whole) <= 9 &&
		len(fraction) > 1 && cutField(fraction, len(fraction), 'S') == ""
}

// cutField is text without the number of at most so many digits and the unit in front.
func cutField(text string, most int, unit byte) string {
	if n := digits(text); 0 < n && n <= most && n < len(text) && text[n] == unit {
		return text[n+1:]
	}
	return text
}

// digits is how many digits text begins with.
func digits(text string) (n int) {
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}

// oddity says what an attribute that had to be respelled should have been; ""
// where the schema allows it and only go-dash does not.
func oddity(element, name, value string) (clause, want string) {
	if strings.TrimSpace(value) != value {
		return "", "" // xs:int and its like collapse white space
	}
	switch name {
	case "bandwidth", "width", "height", "startWithSAP":
		return "ISO/IEC 23009-1 5.3.5.2", "a whole number"
	case "presentationTimeOffset":
		return "ISO/IEC 23009-1 5.3.9.2", "an unsigned whole number"
	case "timescale", "startNumber", "t", "d", "r", "duration":
		if element != "Period" {
			return "ISO/IEC 23009-1 5.3.9.2", "a whole number"
		}
	}
	return "", ""
}
