package templates

import (
	"maps"
	"slices"
)

// A Wording is some words by their name, with facts in braces, as the house
// says them.
type Wording struct {
	Name  string
	Usual string
	Own   map[string]string // a deployment's own, by bureau; "": all bureaus'
}

// A WordFile is one of the files in which words stand.
type WordFile struct {
	Name  string // "letter.txt"
	Words []Wording
}

// Wordings are all French words of letters and messages, by file, with a
// deployment's own beside them.
func (w Words) Wordings() []WordFile {
	var all []WordFile
	for _, name := range []string{"letter.txt", "messages.txt", "mail.txt"} {
		file, err := files.ReadFile("fr/" + name)
		these := texts{}
		if err == nil {
			err = readTexts(these, string(file))
		}
		if err != nil {
			panic("templates: " + err.Error()) // the files are linked in
		}
		one := WordFile{Name: name}
		for _, key := range slices.Sorted(maps.Keys(these)) {
			wording := Wording{Name: key, Usual: these[key]}
			for bureau, own := range w.Own.texts {
				if text, ok := own[key]; ok {
					if wording.Own == nil {
						wording.Own = map[string]string{}
					}
					wording.Own[bureau] = text
				}
			}
			one.Words = append(one.Words, wording)
		}
		all = append(all, one)
	}
	return all
}

// Over is own words put over others.
func (o Own) Over(base Own) Own {
	all := Own{texts: map[string]texts{}, version: base.version + "+" + o.version}
	for _, from := range []Own{base, o} {
		for bureau, words := range from.texts {
			if all.texts[bureau] == nil {
				all.texts[bureau] = texts{}
			}
			maps.Copy(all.texts[bureau], words)
		}
	}
	return all
}
