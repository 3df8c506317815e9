"""Forms by theme: they check shape; the services check the rest."""
