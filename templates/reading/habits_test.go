package reading_test

import (
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/templates/reading"
)

// TestHabits reads letters as people write them by hand and as scanners see
// them. want is the notice as it is written, from its kind on; unread and
// doubts are parts of what is told, in order.
func TestHabits(t *testing.T) {
	t.Parallel()
	reader := reading.New(words(t))
	for _, c := range letters {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := reader.Letter(c.text, today)
			if err != nil {
				t.Fatal(err)
			}
			if got := yaml(t, r.Notice); got != c.want {
				t.Errorf("read\n%s\nwant\n%s", got, c.want)
			}
			var doubts []string
			for _, d := range r.Doubts {
				doubts = append(doubts, d.What)
			}
			if !each(r.Unread, c.unread) || !each(doubts, c.doubts) {
				t.Errorf("unread %q, want %q; doubts %q, want %q", r.Unread, c.unread, doubts, c.doubts)
			}
		})
	}
}

// each is whether each text holds what is wanted of it.
func each(texts, parts []string) bool {
	if len(texts) != len(parts) {
		return false
	}
	for i := range texts {
		if !strings.Contains(plain(texts[i]), parts[i]) {
			return false
		}
	}
	return true
}

var letters = []struct {
	name, text, want string
	unread, doubts   []string
}{
	{name: "a scanner's", text: `Montreui1, le 1er août 2023
Note aux opérateurs
Objet : Interruption ternporaire des services en ligne De1ta T, ICS-Delta P et ECS.
Nous vous inforrnons qu'une opération technique est prévue le mardi 8 aoùt 2O23 de 9hO0 à 17h00.
Les services en 1igne De1ta T, ICS-Delta P et ECS seront interrornpus durant cette p1age horaire, en EDI comme en DTI.
Vous êtes invités à reporter au rnaximum vos opérations de dédouanernent.
Le chef de bureau,
Michel BARON
DGDDI
Bureau COMINT1`,
		want: `kind: maintenance
issuer: comint1
signatory: {name: Michel BARON}
issued: {place: Montreui1, date: 2023-08-01}
cause: une opération technique
services: [delta-t, ics-delta-p, ecs]
modes: [edi, dti]
windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:00}]
effect: interrupted
advice: [defer]
`},
	{name: "by hand", text: `Bureau COMINT1
Montreuil, le 12/09/2024
Objet : Indisponibilité programmée de Delta X (import/export) et de Delta IE Import
Madame, Monsieur,
Nous vous informons que des travaux sur les serveurs auront lieu du samedi 21 septembre à 20h au dimanche 22 septembre à 6h30.
Pendant cette période, les téléservices seront coupés.
Les opérateurs sont invités à reporter au maximum leurs opérations de dédouanement.
La procédure de secours est autorisée sur accord du bureau de douane.
Nous vous prions de nous excuser pour la gêne occasionnée.
L'adjoint au chef de bureau,
Jeanne de La TOUR`,
		want: `kind: maintenance
issuer: comint1
signatory: {name: Jeanne de La TOUR, role: L’adjoint au chef de bureau}
issued: {place: Montreuil, date: 2024-09-12}
cause: des travaux sur les serveurs
services: [delta-x-import, delta-x-export, delta-ie-import]
windows: [{start: 2024-09-21T20:00, end: 2024-09-22T06:30}]
effect: interrupted
fallback: {authorised: true, condition: bureau_agreement}
advice: [defer]
`, unread: []string{"les téléservices seront coupés"}},
	{name: "an incident by hand", text: `Montreuil, le 17 octobre 2025
Bureau COMINT1
Objet : Incident sur Delta G
Delta G est interrompu depuis le 17 octobre à 17h45, en raison d'une panne du réseau.
L'heure de rétablissement n'est pas connue.
Par intérim, le chef de bureau,
M. Paul MARTIN`,
		want: `kind: incident
issuer: comint1
signatory: {name: M. Paul MARTIN, by: interim}
issued: {place: Montreuil, date: 2025-10-17}
cause: une panne du réseau
services: [delta-g]
windows: [{start: 2025-10-17T17:45}]
effect: interrupted
`},
	{name: "what contradicts itself", text: `Bureau COMINT1
Montreuil, le 1er août 2023
Objet : Interruption temporaire des services en ligne Delta T, Delta Z et Delta X.
Nous vous informons qu'une opération technique est prévue le lundi 8 août 2023 de 9h00 à 17h00.
Les services en ligne Delta T et ECS seront interrompus durant cette plage horaire, en EDI.
Le chef de bureau,
Michel BARON`,
		want: `kind: maintenance
issuer: comint1
signatory: {name: Michel BARON}
issued: {place: Montreuil, date: 2023-08-01}
cause: une opération technique
services: [delta-t, delta-x-export, delta-x-import, ecs]
modes: [edi]
effect: interrupted
`, doubts: []string{"« delta z » n’est pas un service du catalogue", "« Delta X » désigne plusieurs services", "le 8 août 2023 est un mardi", "ne sont pas les mêmes", "Aucune plage horaire"}},
	{name: "nothing but words", text: "Bonjour,\n\nLe déjeuner aura lieu à la cantine.",
		want: "kind: maintenance\nissuer: comint1\nissued: {date: 2026-11-25}\n", unread: []string{"Bonjour,", "Le déjeuner"},
		doubts: []string{"bureau émetteur", "date de la note", "nature", "Aucun service", "Aucune plage", "motif", "signataire"}},
	{name: "scattered words", text: `Bureau COMINT1
Montreuil, le 1er août 2023
Une maintenance de Delta H7 nous obligera à couper l'accès le 8 août de 9h à 17h, sauf imprévu.
Le chef de bureau,
Michel BARON`,
		want: `kind: maintenance
issuer: comint1
signatory: {name: Michel BARON}
issued: {place: Montreuil, date: 2023-08-01}
services: [delta-h7]
windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:00}]
`, unread: []string{"Une maintenance"}, doubts: []string{"mots épars", "mots épars", "mots épars", "motif"}},
	{name: "labels", text: `Bureau COMINT1
Montreuil, le 17/10/2025
Objet : Incident DELTA G
Motif : panne du réseau
Services concernés : DELTA-G, H7
Modes : EDI / DTI+
Début : 17/10/2025 à 17h45
Fin prévue : inconnue
Procédure de secours : autorisée le 17/10/2025 à partir de 18h00
Par délégation, l'adjoint,
Anne DURAND`,
		want: `kind: incident
issuer: comint1
signatory: {name: Anne DURAND, role: L’adjoint, by: delegation}
issued: {place: Montreuil, date: 2025-10-17}
cause: panne du réseau
services: [delta-g, delta-h7]
modes: [edi, dti-plus]
windows: [{start: 2025-10-17T17:45}]
effect: interrupted
fallback: {authorised: true, from: 2025-10-17T18:00}
`, doubts: []string{"article", "ne sont pas les mêmes"}},
	{name: "one sentence", text: `Bureau COMINT1
Montreuil, le 1er août 2023
Nous vous informons que le téléservice DELTA T sera indisponible le mardi 8 août 2023 de 9h à 17h30 en raison
d'une opération de maintenance. Une prolongation est possible jusqu'à 19h. Merci de votre compréhension.
Le chef de bureau,
Michel BARON`,
		want: `kind: maintenance
issuer: comint1
signatory: {name: Michel BARON}
issued: {place: Montreuil, date: 2023-08-01}
cause: une opération de maintenance
services: [delta-t]
windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:30, may_extend_until: 2023-08-08T19:00}]
effect: interrupted
`},
	{name: "slow", text: `Bureau COMINT1
Montreuil, le 1er août 2023
Objet : Ralentissements sur Delta IE (import et export)
Les services Delta IE Import et Delta IE Export connaissent des ralentissements depuis le 1er août à 8h20.
Nous vous demandons de ne pas renvoyer les messages déjà transmis.
Le chef de bureau,
Michel BARON`,
		want: `kind: degradation
issuer: comint1
signatory: {name: Michel BARON}
issued: {place: Montreuil, date: 2023-08-01}
services: [delta-ie-import, delta-ie-export]
windows: [{start: 2023-08-01T08:20}]
advice: [do_not_resend]
`},
	{name: "a correction", text: `Bureau COMINT1
Montreuil, le 1er août 2023
Objet : Rectificatif – Interruption temporaire du service en ligne ECS.
La présente note annule et remplace la précédente.
Nous vous informons qu'une panne affecte le service en ligne ECS depuis 8h50.
Le chef de bureau,
Michel BARON`,
		want: `kind: maintenance
issuer: comint1
signatory: {name: Michel BARON}
issued: {place: Montreuil, date: 2023-08-01}
cause: une panne
services: [ecs]
windows: [{start: 2023-08-01T08:50}]
effect: interrupted
`, doubts: []string{"rectificatif", "annule et remplace"}},
	{name: "in capitals, by order", text: `DIRECTION GENERALE DES DOUANES ET DROITS INDIRECTS

NOTE AUX OPERATEURS

Montreuil, le 3 juin 2024

Sous-direction du commerce international
Bureau COMINT1
www.douane.gouv.fr

Affaire suivie par : Cellule E-Commerce
Tél. : 01 00 00 00 00
Mél : dg-comint1@douane.finances.gouv.fr

Réf. : 24000123

OBJET : Maintenance TRIGO

Une opération technique sur l'application TRIGO aura lieu le mardi 11 juin 2024 de 12h30 à 14h30 (heure de Paris). Durant cette opération, TRIGO sera indisponible.

Nous vous invitons à anticiper toutes vos formalités.

La procédure de secours pourra être mise en œuvre à compter de 12h30.

P/O le chef du bureau COMINT1,

Jean-Marc LE GOFF`,
		want: `kind: maintenance
reference: "24000123"
issuer: comint1
signatory: {name: Jean-Marc LE GOFF, role: P/O le chef du bureau COMINT1}
contact: cellule e-commerce
issued: {place: Montreuil, date: 2024-06-03}
cause: une opération technique sur l’application TRIGO
services: [trigo]
windows: [{start: 2024-06-11T12:30, end: 2024-06-11T14:30}]
effect: interrupted
fallback: {authorised: true}
advice: [anticipate]
`, unread: []string{"Nous vous invitons", "La procédure de secours pourra"}, doubts: []string{"mots épars", "mots épars"}},
	{name: "two pages", text: `Montreuil, le 1er août 2023
Objet : Interruption temporaire du service en ligne Delta H7.
Nous vous informons qu'une mise à jour est prévue le mardi 8 août 2023 de 9h00 à 17h00.
Le service en ligne Delta H7 sera inter-
rompu durant cette plage

1/2
Note aux opérateurs – réf. 20000171

horaire, en EDI comme en DTI.

DGDDI Sous-direction du commerce international Bureau COMINT1
Réf : 20000171
Le chef de bureau
Michel BARON
2/2`,
		want: `kind: maintenance
reference: "20000171"
issuer: comint1
signatory: {name: Michel BARON}
issued: {place: Montreuil, date: 2023-08-01}
cause: une mise à jour
services: [delta-h7]
modes: [edi, dti]
windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:00}]
effect: interrupted
`},
}

func TestLetterRefused(t *testing.T) {
	t.Parallel()
	r := reading.New(words(t))
	for text, want := range map[string]string{
		" \n ": "Rien n’est écrit", "%PDF-1.7\x00\xff": "n’est pas du texte", strings.Repeat("a", reading.MaxLetter+1): "65536 au plus",
	} {
		if _, err := r.Letter(text, today); err == nil || !strings.Contains(plain(err.Error()), want) {
			t.Errorf("Letter(%.20q): %v, want %q", text, err, want)
		}
	}
}

// TestLongest wants texts of the greatest size read in little time, however
// they are made.
func TestLongest(t *testing.T) {
	t.Parallel()
	r, seed := reading.New(words(t)), file(t, "paragraphs.txt")
	for name, part := range map[string]string{
		"letters": seed + "\n\n", "one line": strings.Join(strings.Fields(seed), " ") + " ", "no stop": "Nous vous informons qu’une panne affecte les services en ligne Delta T depuis le ",
		"services": "Delta X Import et Export, ", "hyphens": "a-\n", "accents": "é\u0301", "days": "le 8 août 2023 de 9h à 17h, puis ", "lines": "\n\nx\n", "signs": "le chef,\n",
		"table":          "Le tableau ci-dessous précise, par service et par mode, l’impact et les consignes qui s’appliquent. Delta T EDI interrompu ",
		"long sentences": "Nous vous informons qu’une panne " + strings.Repeat("affecte est prévue est interrompu le 8 août, ", 55) + "en. ",
	} {
		began := time.Now()
		if _, err := r.Letter(strings.Repeat(part, reading.MaxLetter/len(part)), today); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %s", name, took)
		} else {
			t.Logf("%s took %s", name, took)
		}
	}
}

// FuzzLetter: no text makes the reader panic, what is recognised stands in the
// text, and what was not understood too.
func FuzzLetter(f *testing.F) {
	for _, c := range letters {
		f.Add(c.text)
	}
	f.Add(file(f, "note.md"))
	f.Add(file(f, "tableau.txt"))
	for _, text := range []string{"Objet :", "Le chef de bureau,\nA B", "Réf. :\n", "Objet : EXERCICE – EXERCICE – Interruption du service en ligne ECS."} {
		f.Add(text)
	}
	r := reading.New(words(f))
	f.Fuzz(func(t *testing.T, text string) {
		got, err := r.Letter(text, today)
		if err != nil {
			return
		}
		for _, d := range got.Doubts {
			if d.What == "" || strings.Contains(d.What, "%!") {
				t.Errorf("a doubt without words: %q", d)
			}
		}
		_ = got.Keep(0) // may not panic
	})
}
