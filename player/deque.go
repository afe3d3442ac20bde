package player

import "slices"

// deque is a list that grows at its end and is let go of from its front, as what a
// viewer remembers does. It lies in blocks: what stays is not moved when something comes
// or goes, and no more than a block or two of a viewer's memory is empty.
type deque[E any] struct {
	blocks   []*[blockSize]E // the last one may be spare
	first, n int32           // where in the first block it begins, and how many there are
}

const blockSize = 16

func (d *deque[E]) len() int { return int(d.n) }

// at is element i, which must be there.
func (d *deque[E]) at(i int) *E {
	at := uint(int(d.first) + i)
	return &d.blocks[at/blockSize][at%blockSize]
}

// push puts e at the end, and tells where it lies while it is one of them.
func (d *deque[E]) push(e E) *E {
	if int(d.first+d.n) == len(d.blocks)*blockSize {
		d.blocks = append(d.blocks, new([blockSize]E))
	}
	d.n++
	at := d.at(int(d.n) - 1)
	*at = e
	return at
}

// insert puts e in before element i.
func (d *deque[E]) insert(i int, e E) {
	d.push(e)
	for j := d.len() - 1; j > i; j-- {
		*d.at(j) = *d.at(j - 1)
	}
	*d.at(i) = e
}

// remove takes elements [i, j) out.
func (d *deque[E]) remove(i, j int) {
	if i == 0 {
		d.shift(j)
		return
	}
	for ; j < d.len(); i, j = i+1, j+1 {
		*d.at(i) = *d.at(j)
	}
	d.truncate(i)
}

// shift takes the first k out. One of the blocks that they leave is for those to come.
func (d *deque[E]) shift(k int) {
	d.first, d.n = d.first+int32(k), d.n-int32(k)
	for d.first >= blockSize {
		left := d.blocks[0]
		d.blocks = slices.Delete(d.blocks, 0, 1)
		d.first -= blockSize
		if int(d.first+d.n) > (len(d.blocks)-1)*blockSize {
			d.blocks = append(d.blocks, left)
		}
	}
}

// truncate keeps the first n, and a block for those to come.
func (d *deque[E]) truncate(n int) {
	d.n = int32(n)
	if most := (int(d.first+d.n)+blockSize-1)/blockSize + 1; most < len(d.blocks) {
		d.blocks = slices.Delete(d.blocks, most, len(d.blocks))
	}
}
