//! What is printed: tables by default, JSON where asked, times as date-time groups, positions in every form.
