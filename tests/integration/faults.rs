//! What goes wrong at AWS goes wrong here, on purpose.
