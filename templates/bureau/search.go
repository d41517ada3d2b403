package bureau

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Search is the body of "recherche".
type Search struct {
	Words, Author, From, To string
	Services, Kinds, States []Pick
	Wrong                   []Flaw
	Asked                   bool // something is
	All                     int
	Hits                    []Hit
	Pages                   Pager
}

// A Hit is a notice that was found.
type Hit struct {
	Naming
	Heading   []Mark
	Status    string // publisher.Status
	Phase     notice.Phase
	Published time.Time
	Issuer    string
	In        string // where the passage stands
	Passage   []Mark
}

// State says where the notice stands.
func (h Hit) State() string {
	if h.Status == "published" {
		return templates.PhaseName(h.Phase)
	}
	state := statusName(h.Status)
	if !h.Published.IsZero() {
		state += "\u00a0; publiée, " + templates.PhaseName(h.Phase)
	}
	return state
}

// A Mark is a piece of text; On: what was looked for.
type Mark struct {
	Text string
	On   bool
}

// Where a passage stands.
const (
	InNumber    = "Numéro"
	InServices  = "Services"
	InKind      = "Nature"
	InCause     = "Cause"
	InOrigin    = "Origine"
	InText      = "Texte"
	InDocuments = "Documents"
	InSignatory = "Signataire"
	InReason    = "Motif"
	InIssuer    = "Bureau"
)

// WholeGroup follows the name of a group that stands for all its services.
const WholeGroup = " (tous)"

// SearchStates are the states by which notices are looked for.
func SearchStates(chosen string) []Pick {
	all := []Pick{
		{Code: "draft", Label: "En rédaction"}, {Code: "submitted", Label: "À signer"}, {Code: "returned", Label: "Retournées"},
		{Code: "approved", Label: "Signées, en attente"}, {Code: "withdrawn", Label: "Retirées"}, {Code: "published", Label: "Publiées"},
		{Code: string(notice.Announced), Label: "Publiées\u00a0: annoncées"}, {Code: string(notice.Running), Label: "Publiées\u00a0: alertes en cours"},
		{Code: string(notice.Over), Label: "Publiées\u00a0: terminées"}, {Code: string(notice.Adjourned), Label: "Publiées\u00a0: reportées sans date"},
		{Code: string(notice.CalledOff), Label: "Publiées\u00a0: annulées"},
	}
	for i := range all {
		all[i].Chosen = all[i].Code == chosen
	}
	return all
}
