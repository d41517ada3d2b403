"use strict"; // replaced by the script of the draft page
