"""What commands do: each flow joins the parts below and returns values."""
