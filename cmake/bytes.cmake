# The text of IN as C: a list of numbers that ends in 0. Comments /* */ are left out and lines are joined, without the blanks at their beginnings;
# with RAW the text stays as it is.
file(READ "${IN}" text)
if(NOT RAW)
  string(REGEX REPLACE "/\\*[^*]*\\*/" "" text "${text}")
  string(REGEX REPLACE "\n *" "" text "${text}")
endif()
string(HEX "${text}" text)
string(REGEX REPLACE "(..)" "0x\\1," text "${text}")
file(WRITE "${OUT}" "${text}0\n")
