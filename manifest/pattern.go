package manifest

import (
	"strconv"
	"strings"
)

// pattern is a SegmentTemplate URL with what depends on the Representation
// already filled in (ISO/IEC 23009-1 clause 5.3.9.4.4).
type pattern []patternPart

// patternPart is some text and then a value.
type patternPart struct {
	text  string
	value byte // 'N' number, 'T' time, 0 nothing
	width int  // %0<width>d
}

// maxWidth bounds %0<width>d; no number is longer than 20 digits.
const maxWidth = 64

// compile reads a template. In @initialization, where $Number$ and $Time$ have
// no meaning, they stay as they are written (dash.js does the same).
func compile(template, id string, bandwidth int64, initialization bool) (pattern, *Error) {
	var p pattern
	var text strings.Builder
	for rest := template; ; {
		before, after, found := strings.Cut(rest, "$")
		text.WriteString(before)
		if !found {
			break
		}
		name, next, closed := strings.Cut(after, "$")
		if !closed {
			text.WriteString("$" + after)
			break
		}
		rest = next
		name, width, ok := cutWidth(name)
		if !ok {
			return nil, unsupported(0, "template identifier %s has a format that is not like %%05d", quote(name))
		}
		switch {
		case name == "":
			text.WriteByte('$')
		case name == "RepresentationID":
			text.WriteString(id)
		case name == "Bandwidth":
			text.WriteString(padded(bandwidth, width))
		case (name == "Number" || name == "Time") && initialization:
			text.WriteString("$" + name + "$")
		case name == "Number" || name == "Time":
			p = append(p, patternPart{text.String(), name[0], width})
			text.Reset()
		case name == "SubNumber":
			return nil, unsupported(0, "template identifier $SubNumber$: segment sequences are not read")
		default:
			return nil, unsupported(0, "template identifier %s is not known", quote(name))
		}
	}
	return append(p, patternPart{text: text.String()}), nil
}

// cutWidth splits "Number%05d" into its name and its width.
func cutWidth(name string) (string, int, bool) {
	name, format, found := strings.Cut(name, "%")
	if !found {
		return name, 0, true
	}
	digits, ok := strings.CutPrefix(strings.TrimSuffix(format, "d"), "0")
	width, err := strconv.Atoi(digits)
	if !ok || err != nil || !strings.HasSuffix(format, "d") || width < 1 || width > maxWidth {
		return name, 0, false
	}
	return name, width, true
}

func padded(v int64, width int) string {
	s := strconv.FormatInt(v, 10)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

// uses tells whether a value is in the pattern.
func (p pattern) uses(value byte) bool {
	for _, part := range p {
		if part.value == value {
			return true
		}
	}
	return false
}

// expand makes the URL of one segment.
func (p pattern) expand(number, time int64) string {
	if len(p) == 1 {
		return p[0].text
	}
	size := 0
	for _, part := range p {
		size += len(part.text) + max(20, part.width)
	}
	b := make([]byte, 0, size)
	for _, part := range p {
		b = append(b, part.text...)
		switch part.value {
		case 'N':
			b = appendPadded(b, number, part.width)
		case 'T':
			b = appendPadded(b, time, part.width)
		}
	}
	return string(b)
}

func appendPadded(b []byte, v int64, width int) []byte {
	digits := 1
	for w := v; w >= 10; w /= 10 {
		digits++
	}
	for ; digits < width; digits++ {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, v, 10)
}
