package manifest

import "strings"

// checkEnd tells a playlist that was cut off from one that is merely untidy. A
// cut shows when a tag still waits for its URI; and when the last line has no
// line end (RFC 8216 section 4.1 wants one, many packagers do not write it) and
// stops in the middle of something.
func (n *normalizer) checkEnd(newline bool) *Error {
	if n.complete {
		return nil
	}
	switch {
	case n.pending:
		return truncated(n.lastAt, "it ends before the URI that a tag announces")
	case n.last == "#EXTM3U":
		return truncated(n.lastAt, "it ends after #EXTM3U")
	case newline:
		return nil
	case n.last[0] == '#':
		return n.checkLastTag()
	case cutURI(n.last, n.previous):
		return truncated(n.lastAt, "it ends without a line end in the middle of a URI")
	}
	return nil
}

func (n *normalizer) checkLastTag() *Error {
	name, value, hasValue := strings.Cut(n.last, ":")
	switch {
	case strings.Count(value, `"`)%2 == 1,
		hasValue && (value == "" || strings.ContainsRune(",=", rune(value[len(value)-1]))):
		return truncated(n.lastAt, "it ends inside the attributes of a tag")
	case !hasValue && cutTag(name):
		return truncated(n.lastAt, "it ends inside a tag")
	case n.media && hlsTags[name]&segmentTag != 0:
		return truncated(n.lastAt, "it ends before the segment that %s belongs to", name)
	case n.media && n.items == 0 && hlsTags[name]&headerTag != 0:
		return truncated(n.lastAt, "it ends inside its header")
	}
	return nil
}

// cutTag tells whether name, written without a value, is the beginning of a tag.
func cutTag(name string) bool {
	if hlsTags[name]&bareTag != 0 {
		return false
	}
	for tag := range hlsTags {
		if strings.HasPrefix(tag, name) {
			return true
		}
	}
	return false
}

// cutURI tells whether last looks like the beginning of a URI: its query is
// shorter than previous's, or what follows the last dot of its path is neither
// what it is there nor an extension that media have.
func cutURI(last, previous string) bool {
	path, query, _ := strings.Cut(last, "?")
	if previous == "" {
		return query == "" && !strings.Contains(extensions, " "+extension(path)+" ")
	}
	otherPath, otherQuery, _ := strings.Cut(previous, "?")
	if otherQuery != "" {
		return len(query) < len(otherQuery)
	}
	ext := extension(path)
	return query == "" && ext != extension(otherPath) && !strings.Contains(extensions, " "+ext+" ")
}

// extensions are those of which none begins another.
const extensions = " ts m4s m4v m4a m4f mp4 cmfv cmfa cmft aac ac3 ec3 mp3 vtt webvtt ttml dfxp stpp m3u8 jpg jpeg png "

// extension is what follows the last dot of the last path segment.
func extension(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i+1:]
	}
	return ""
}
