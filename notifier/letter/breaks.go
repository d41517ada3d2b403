package letter

// squeeze is by how many thousandths a blank may be narrower than it is. It is
// too little to be seen and saves many a line.
const squeeze = 120

// What a break costs. A line more is dearer than any looseness; the rest is
// the square of how far blanks are from their width, in hundredths.
const (
	costLine  = 1 << 32
	costTight = 4     // a blank too narrow is worse than one too wide
	costShort = 3600  // a paragraph that ends in a word or two
	costCut   = 90000 // a word that goes on in the next line
	loosest   = 3000  // hundredths: from here on it is all the same
)

// breaks is where lines end: the index of the word after each. It weighs all
// lines of a paragraph together, so that one loose line does not follow a
// tight one, and there are as few as can be.
func breaks(words []word, width length, how align) []int {
	n := len(words)
	best := make([]int, n+1) // the cost of the best lines up to a word
	from := make([]int, n+1) // where the last of them begins
	for end := 1; end <= n; end++ {
		best[end] = -1
		var natural, blanks length
		for start := end - 1; start >= 0; start-- {
			if start < end-1 {
				natural += words[start+1].blank.width
				blanks += words[start+1].blank.width
			}
			natural += words[start].width
			least := natural
			if how == justified {
				least -= blanks * squeeze / 1000
			}
			if least > width && start < end-1 {
				break
			}
			c := candidate{width: width, natural: natural, blanks: blanks, first: start == 0, last: end == n}
			c.cut = end < n && words[end].blank.text == ""
			if cost := best[start] + costLine + c.cost(how); best[end] < 0 || cost < best[end] {
				best[end], from[end] = cost, start
			}
		}
	}
	return ends(from, n)
}

// ends walks back from the last word.
func ends(from []int, n int) []int {
	var ends []int
	for end := n; end > 0; end = from[end] {
		ends = append([]int{end}, ends...)
	}
	return ends
}

// A candidate is one line that might be.
type candidate struct {
	width, natural, blanks length
	first, last            bool // of its paragraph
	cut                    bool // its last word goes on
}

// cost is how ugly a line would be. The last line of a paragraph may end where
// it likes, unless it is centred, where all count alike, or nearly empty.
func (c candidate) cost(how align) int {
	slack := c.width - c.natural
	if c.last && slack >= 0 && how != centred {
		if !c.first && c.natural < c.width/6 {
			return costShort
		}
		return 0
	}
	cost := 0
	if c.cut {
		cost = costCut
	}
	elastic := c.blanks
	if how != justified {
		elastic = c.width / 4 // as if the margin were a blank
	}
	if elastic == 0 {
		return cost + loosest*loosest
	}
	off := min(int(slack*100/elastic), loosest)
	if off < 0 {
		off *= costTight
	}
	return cost + off*off
}
