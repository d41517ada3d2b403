package pages

// PushPath is where the page of notifications stands, and below it what its
// script asks.
const PushPath = "/abonnements/alertes"

// A PushPage is the body of page "push": where a browser asks to be told by
// notifications.
type PushPage struct {
	Form
	Key string // ours, by which push services know us
}

// PushForm is the page where a browser asks for notifications.
func PushForm(f Form, key string) Page {
	return Page{Name: "push", Title: "Recevoir les alertes dans ce navigateur", Here: "/abonnements", Body: PushPage{f, key}}
}
