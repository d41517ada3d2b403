package office

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

// propose checks a changed file of reference data and says what it would
// change. Nothing is changed.
func (o *Office) propose(v visit) (answer, error) {
	file, head, err := v.FormFile("fichier")
	if err != nil {
		return o.showReference(v, []bureau.Flaw{o.faultOf("fichier", &notice.ValueError{What: "there is no file", Remedy: "choose a file"})})
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, schemas.MaxDocument+1))
	if err != nil {
		return nil, err
	}
	body := bureau.Proposal{File: head.Filename}
	var next templates.Words
	switch what := v.PostFormValue("quoi"); what {
	case "catalogue":
		body.Flag = "--services"
		next, err = o.withHouse(text, nil)
	case "bureaux":
		body.Flag = "--bureaus"
		next, err = o.withHouse(nil, text)
	case "formules":
		body.Flag = "--words"
		next, err = o.withWords(text, v.PostFormValue("bureau"))
	default:
		return nil, fmt.Errorf("%w: %q", notice.ErrInvalid, what)
	}
	if err != nil {
		body.Problems = o.problemsOf(err)
	} else {
		body.Changes = o.changesTo(next)
		o.touched(v, next, &body)
	}
	return show(bureau.Page{Name: "referentiel-controle", Title: "Contrôle d’un fichier", Here: "/referentiel", Body: body}), nil
}

// problemsOf are what is wrong with a file, in French, by line.
func (o *Office) problemsOf(err error) notice.Problems {
	var ps notice.Problems
	if errors.As(err, &ps) {
		return o.remarks().FrenchAll(ps)
	}
	return o.remarks().FrenchProblems(err)
}

// withHouse are the words with another catalogue or other bureaus; nil: as
// they are.
func (o *Office) withHouse(services, bureaus []byte) (templates.Words, error) {
	w := o.wording()
	for _, f := range []struct {
		text *[]byte
		now  any
	}{{&services, o.Publisher.Catalogue}, {&bureaus, o.Publisher.Bureaus}} {
		if *f.text == nil {
			data, err := json.Marshal(f.now)
			if err != nil {
				return w, err
			}
			*f.text = data
		}
	}
	h, err := schemas.Load(services, bureaus)
	w.Catalogue, w.Bureaus = h.Catalogue, h.Bureaus
	return w, err
}

// withWords are the words with a file of a deployment's own put over those
// that there are.
func (o *Office) withWords(text []byte, of string) (templates.Words, error) {
	w := o.wording()
	if _, err := w.Bureaus.Find(of); of != "" && err != nil {
		return w, err
	}
	var folder bytes.Buffer
	z := zip.NewWriter(&folder)
	name := "letter.txt"
	if of != "" {
		name = of + "/" + name
	}
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write(text)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		return w, err
	}
	r, err := zip.NewReader(bytes.NewReader(folder.Bytes()), int64(folder.Len()))
	if err != nil {
		return w, err
	}
	own, err := templates.ReadOwn(r)
	w.Own = own.Over(w.Own)
	return w, err
}

// changesTo are what other words, another catalogue or other bureaus change.
func (o *Office) changesTo(next templates.Words) []bureau.Change {
	was := o.wording()
	all := differences("service", was.Catalogue.Services, next.Catalogue.Services)
	all = append(all, differences("groupe", was.Catalogue.Groups, next.Catalogue.Groups)...)
	all = append(all, differences("mode", was.Catalogue.Modes, next.Catalogue.Modes)...)
	all = append(all, differences("bureau", was.Bureaus, next.Bureaus)...)
	before, after := was.Wordings(), next.Wordings()
	for i, f := range after {
		for k, w := range f.Words {
			old := before[i].Words[k]
			for _, code := range slices.Sorted(maps.Keys(w.Own)) {
				text := cmp.Or(old.Own[code], old.Own[""], old.Usual)
				if w.Own[code] != text {
					where := "formule " + w.Name
					if code != "" {
						where += " (" + code + ")"
					}
					all = append(all, bureau.Change{What: bureau.Altered, Where: where, Was: text, Now: w.Own[code]})
				}
			}
		}
	}
	return all
}

// differences are what is added, removed and altered between two maps of
// structs, field by field.
func differences[V any](kind string, was, now map[string]V) []bureau.Change {
	codes := slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(now))...))))
	var all []bureau.Change
	for _, code := range codes {
		a, before := was[code]
		b, after := now[code]
		where := kind + " " + code
		switch {
		case !before:
			all = append(all, bureau.Change{What: bureau.Added, Where: where, Now: labelled(b)})
		case !after:
			all = append(all, bureau.Change{What: bureau.Removed, Where: where, Was: labelled(a)})
		default:
			all = append(all, altered(where, reflect.ValueOf(a), reflect.ValueOf(b))...)
		}
	}
	return all
}

// labelled is what an entry calls itself.
func labelled(v any) string {
	f := reflect.ValueOf(v).FieldByName("Label")
	if !f.IsValid() {
		return ""
	}
	return f.String()
}

// altered are the fields in which two structs differ, by their names in files.
func altered(where string, a, b reflect.Value) []bureau.Change {
	var all []bureau.Change
	for i := range a.NumField() {
		if reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) || a.Field(i).Kind() == reflect.Slice && a.Field(i).Len()+b.Field(i).Len() == 0 {
			continue
		}
		field, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		all = append(all, bureau.Change{What: bureau.Altered, Where: where + ", " + field, Was: written(a.Field(i)), Now: written(b.Field(i))})
	}
	return all
}

// written is a field's value as a person reads it.
func written(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case string:
		return value
	case []string:
		return strings.Join(value, ", ")
	}
	data, err := json.Marshal(v.Interface())
	if err != nil {
		return ""
	}
	return string(data)
}

// touched are the notices that would read otherwise, have faults, or have to be
// signed again.
func (o *Office) touched(v visit, next templates.Words, p *bureau.Proposal) {
	was := o.wording()
	for _, x := range o.readableOnes(v) {
		if !o.current(x) {
			continue
		}
		n := o.shelf.card(o, x).notice
		_, faults := schemas.Check([]byte(x.Text), was.Catalogue, was.Bureaus)
		_, more := schemas.Check([]byte(x.Text), next.Catalogue, next.Bureaus)
		broken := inWork(x) && faults.Err() == nil && more.Err() != nil
		before, errBefore := was.Letter(n)
		after, errAfter := next.Letter(n)
		same := reflect.DeepEqual(before, after) && (errBefore == nil) == (errAfter == nil)
		switch name := o.naming(x); {
		case broken:
			p.Broken = append(p.Broken, name)
		case same:
		case x.Status == publisher.StatusApproved:
			p.Signed = append(p.Signed, name)
		case inWork(x):
			p.Drafts = append(p.Drafts, name)
		default:
			p.Public = append(p.Public, name)
		}
	}
}
